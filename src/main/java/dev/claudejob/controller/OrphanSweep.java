package dev.claudejob.controller;

import dev.claudejob.act.PodPatches;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases Pods whose job is gone: deleted while running, by force, or while no operator was there to see it. Nothing of theirs is to be
 * recorded any more, and our finalizer would keep them for ever. That the job is gone is asked of the apiserver itself.
 *
 * <p>It looks at what the caches hold, and not at events: the events of a job and of its Pod come in any order, and the last one of a Pod that
 * waits at its gate may come while its job still seems to be there.
 */
public final class OrphanSweep {
    private static final Logger log = LoggerFactory.getLogger(OrphanSweep.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final KubernetesClient client;
    private final JobCaches caches;
    private final ScheduledExecutorService executor;

    public OrphanSweep(KubernetesClient client, JobCaches caches, ScheduledExecutorService executor) {
        this.client = client;
        this.caches = caches;
        this.executor = executor;
    }

    /** Starts to look, until the executor is shut down. */
    public void start() {
        // It never throws, and ends with the executor.
        ScheduledFuture<?> unused =
                executor.scheduleWithFixedDelay(this::sweep, PAUSE.toMillis(), PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void sweep() {
        try {
            caches.orphans().forEach(this::sweep);
        } catch (RuntimeException e) {
            log.error("sweep", e);
        }
    }

    private void sweep(Pod seen) {
        try {
            Pod pod = client.pods()
                    .inNamespace(seen.getMetadata().getNamespace())
                    .withName(seen.getMetadata().getName())
                    .get();
            if (pod != null
                    && pod.getMetadata().getUid().equals(seen.getMetadata().getUid())
                    && !jobExists(pod)) {
                letGo(pod);
            }
        } catch (KubernetesClientException e) {
            log.warn("Pod {} of a job that is gone: {}", seen.getMetadata().getName(), e.getMessage());
        }
    }

    private void letGo(Pod pod) {
        PodView view = new PodView(pod);
        if (!view.held()) {
            return;
        }
        if (view.gated() && !view.deleting()) {
            // It would wait at its gate for ever.
            client.resource(pod).delete();
        } else if (view.deleting() || !JobCaches.owned(pod)) {
            release(pod);
            log.info("released Pod {}/{}: its job is gone", pod.getMetadata().getNamespace(), view.name());
        }
        // Else the garbage collector deletes it any moment.
    }

    private boolean jobExists(Pod pod) {
        return JobCaches.job(pod)
                .map(id -> client.resources(ClaudeJob.class)
                        .inNamespace(id.getNamespace().orElseThrow())
                        .withName(id.getName())
                        .get())
                .filter(job -> job.getMetadata().getUid().equals(JobCaches.jobUid(pod)))
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
