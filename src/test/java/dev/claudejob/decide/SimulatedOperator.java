package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.decide.SimulatedCluster.RefusedException;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.observe.View.Refusal;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.summary.FullResult;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A replica with caches of its own, which may be behind. It takes one decision at a time, so that anything may come between two; it looks
 * again only when its caches have changed or the time has come that it asked for.
 */
final class SimulatedOperator {
    private final SimulatedCluster cluster;
    private final Decider decider = new Decider(Scene.SETTINGS);
    private final Map<String, Pod> pods = new LinkedHashMap<>();
    private ClaudeJob job;
    private @Nullable View inHand;
    private boolean dirty = true;
    private int selections;
    private @Nullable Instant wakeAt;

    SimulatedOperator(SimulatedCluster cluster) {
        this.cluster = cluster;
        this.job = cluster.job();
        seePods();
    }

    void seeJob() {
        dirty |= !job.getMetadata()
                .getResourceVersion()
                .equals(cluster.job().getMetadata().getResourceVersion());
        job = cluster.job();
    }

    void seePods() {
        Map<String, Pod> now = new LinkedHashMap<>();
        cluster.selectedPods().forEach(p -> now.put(p.getMetadata().getName(), p));
        dirty |= !now.equals(pods) || selections != cluster.selections;
        selections = cluster.selections;
        pods.clear();
        pods.putAll(now);
    }

    /** True when it has nothing to do before something happens or time passes. */
    boolean idle() {
        return inHand == null && !dirty && (wakeAt == null || cluster.now().isBefore(wakeAt));
    }

    Optional<Instant> wakesAt() {
        return Optional.ofNullable(wakeAt);
    }

    /** One decision, carried out. */
    void step() {
        if (idle()) {
            return;
        }
        if (inHand == null) {
            dirty = false;
            wakeAt = null;
            inHand = View.of(job, pods.values().stream(), cluster.now());
        }
        View view = inHand;
        inHand = null;
        try {
            inHand = carryOut(view, decider.decide(view));
        } catch (RefusedException e) {
            wakeAt = cluster.now();
        }
    }

    private @Nullable View carryOut(View view, Decision decision) throws RefusedException {
        return switch (decision) {
            case Decision.Wait wait -> {
                wakeAt = wait.until();
                yield null;
            }
            case Decision.CreatePod create -> create(view, create.attempt(), create.credentials());
            case Decision.WriteStatus write -> {
                if (write.status().equals(view.status())) {
                    yield null;
                }
                job = cluster.updateStatus(view.job(), write.status());
                yield view.withJob(job);
            }
            case Decision.OpenGate open -> fresh(view, cluster.openGate(open.pod()));
            case Decision.StopPod stop -> fresh(view, cluster.stop(stop.pod()));
            case Decision.Nudge nudge -> fresh(view, cluster.nudge(nudge.pod()));
            case Decision.Reclaim reclaim -> fresh(view, cluster.reclaim(reclaim.pod()));
            case Decision.ReleasePod release -> fresh(view, cluster.release(release.pod()));
            case Decision.DeletePod delete -> {
                cluster.delete(delete.pod());
                wakeAt = cluster.now();
                yield null;
            }
            case Decision.ConfirmLost confirm -> {
                Optional<Pod> live = cluster.pod(confirm.attempt().podName())
                        .filter(p -> p.getMetadata()
                                .getUid()
                                .equals(confirm.attempt().podUID()));
                yield live.isPresent()
                        ? view.withPod(live.get())
                                .knowing(view.known()
                                        .withLivePod(confirm.attempt().podUID()))
                        : view.knowing(
                                view.known().withLostPod(confirm.attempt().podUID()));
            }
            case Decision.ExplainDelay explain -> view.knowing(view.known().withDelay(""));
            case Decision.ReadResult read -> view.knowing(view.known().withResult(new FullResult(null, null)));
            case Decision.SaveResult save -> view.knowing(view.known().withResultConfigMap("saved"));
            case Decision.DeleteJob delete -> throw new AssertionError("no time to live was set");
        };
    }

    private View create(View view, int attempt, List<Integer> credentials) throws RefusedException {
        Pod wanted = new PodBuilder(PodStory.SETTINGS).build(view.job(), attempt, credentials);
        try {
            return fresh(view, cluster.create(wanted));
        } catch (RefusedException taken) {
            Pod existing = cluster.pod(wanted.getMetadata().getName()).orElseThrow(() -> taken);
            String uid = view.job().getMetadata().getUid();
            PodView found = new PodView(existing);
            return View.ours(existing, uid) && found.attempt() == attempt
                    ? view.withPod(existing)
                    : view.knowing(view.known().withRefusal(new Refusal(Reason.NameTaken, "taken", false)));
        }
    }

    private View fresh(View view, Pod pod) {
        pods.put(pod.getMetadata().getName(), pod);
        return view.withPod(pod);
    }

    @Override
    public String toString() {
        return "in hand: " + (inHand == null ? "nothing" : Objects.requireNonNull(decider.decide(inHand))) + ", dirty "
                + dirty + ", wakes at " + wakeAt;
    }
}
