package dev.claudejob.controller;

import dev.claudejob.act.PodPatches;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases Pods whose job is gone, or being deleted: deleted while running, by force, or while no operator was there to see it. Nothing of theirs is to be
 * recorded any more, and our finalizer would keep them for ever. That the job is gone is asked of the apiserver itself.
 */
public final class OrphanSweep implements Consumer<Pod> {
    private static final Logger log = LoggerFactory.getLogger(OrphanSweep.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(60);

    private final KubernetesClient client;
    private final ScheduledExecutorService executor;
    private final InstantSource clock;
    private final Map<String, Suspect> suspects = new ConcurrentHashMap<>();

    public OrphanSweep(KubernetesClient client, ScheduledExecutorService executor, InstantSource clock) {
        this.client = client;
        this.executor = executor;
        this.clock = clock;
    }

    /**
     * A Pod that may be an orphan, and when it is looked at next.
     *
     * @param pause how long it is left alone after that
     */
    private record Suspect(Pod pod, Instant due, Duration pause) {
        String version() {
            return pod.getMetadata().getResourceVersion();
        }

        Suspect later(Instant now) {
            Duration twice = pause.multipliedBy(2);
            return new Suspect(pod, now.plus(pause), twice.compareTo(MAX_PAUSE) < 0 ? twice : MAX_PAUSE);
        }
    }

    /** Starts to look at suspects, until the executor is shut down. */
    public void start() {
        // It never throws, and ends with the executor.
        ScheduledFuture<?> unused = executor.scheduleWithFixedDelay(
                () -> sweep(this::settled), TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A Pod of ours whose job the cache does not know. One that has changed is looked at soon; one that has not keeps its pause. */
    @Override
    public void accept(Pod pod) {
        if (pod.getMetadata().getFinalizers().contains(PodNames.RESULT_FINALIZER)) {
            Suspect fresh = new Suspect(pod, clock.instant(), TICK);
            suspects.merge(
                    pod.getMetadata().getUid(),
                    fresh,
                    (known, now) -> known.version().equals(now.version()) ? known : now);
        }
    }

    /** Whatever goes wrong with one Pod, an Error too, must stop neither the others' turn nor the schedule. */
    void sweep(Predicate<Pod> settled) {
        suspects.forEach((uid, suspect) -> {
            if (clock.instant().isBefore(suspect.due())) {
                return;
            }
            boolean done = false;
            try {
                done = settled.test(suspect.pod());
            } catch (KubernetesClientException e) {
                log.warn(
                        "Pod {} of a job that is gone: {}",
                        suspect.pod().getMetadata().getName(),
                        e.getMessage());
            } catch (RuntimeException | Error e) {
                log.error("sweep of Pod {}", suspect.pod().getMetadata().getName(), e);
            }
            // Neither if the Pod has changed meanwhile: then it has a turn of its own.
            if (done) {
                suspects.remove(uid, suspect);
            } else {
                suspects.replace(uid, suspect, suspect.later(clock.instant()));
            }
        });
    }

    /** True when nothing is left to do for the Pod as it was seen. A later change of the Pod brings it back here. */
    private boolean settled(Pod seen) {
        if (jobExists(seen)) {
            return true;
        }
        Pod pod = client.pods()
                .inNamespace(seen.getMetadata().getNamespace())
                .withName(seen.getMetadata().getName())
                .get();
        if (pod == null || !pod.getMetadata().getUid().equals(seen.getMetadata().getUid())) {
            return true;
        }
        PodView view = new PodView(pod);
        if (!view.held()) {
            return true;
        }
        boolean orphanedOnPurpose = !JobCaches.owned(pod);
        if (view.gated() && !view.deleting()) {
            // It would wait at its gate for ever.
            client.resource(pod).delete();
            return false;
        }
        if (view.deleting() || orphanedOnPurpose) {
            release(pod);
            log.info("released Pod {}/{}: its job is gone", pod.getMetadata().getNamespace(), view.name());
            return true;
        }
        // The garbage collector deletes it any moment, and we hear of it.
        return false;
    }

    private boolean jobExists(Pod pod) {
        return JobCaches.job(pod)
                .map(id -> client.resources(ClaudeJob.class)
                        .inNamespace(id.getNamespace().orElseThrow())
                        .withName(id.getName())
                        .get())
                .filter(job -> job.getMetadata().getUid().equals(JobCaches.jobUid(pod)))
                .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                .isPresent();
    }

    private void release(Pod pod) {
        try {
            client.resource(pod).patch(PatchContext.of(PatchType.JSON), PodPatches.release(new PodView(pod)));
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
    }
}
