package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.decide.Decision;
import dev.claudejob.observe.View;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries decisions out. Every write of a fact is a compare-and-swap: on a conflict nothing is forced, the caches are looked at again. */
public final class Actions {
    private static final Logger log = LoggerFactory.getLogger(Actions.class);

    private final KubernetesClient client;
    private final PodActions pods;
    private final LookUps lookUps;
    private final JobEvents events;
    private final JobListener listener;
    private final Fresh fresh;

    public Actions(
            KubernetesClient client,
            PodActions pods,
            LookUps lookUps,
            JobEvents events,
            JobListener listener,
            Fresh fresh) {
        this.client = client;
        this.pods = pods;
        this.lookUps = lookUps;
        this.events = events;
        this.listener = listener;
        this.fresh = fresh;
    }

    /**
     * Does the one thing that was decided, and says how to go on.
     *
     * @param lasting whether this job has met nothing but errors for a while
     */
    public Step perform(View view, Decision decision, boolean lasting) {
        return switch (decision) {
            case Decision.Wait wait -> new Step.Done(wait.until());
            case Decision.CreatePod create -> pods.create(view, create.attempt(), create.credentials(), lasting);
            case Decision.WriteStatus write -> writeStatus(view, write);
            case Decision.OpenGate open -> pods.openGate(view, open.pod());
            case Decision.StopPod stop -> pods.stop(view, stop.pod());
            case Decision.DeletePod delete -> pods.delete(delete.pod(), delete.grace());
            case Decision.ReleasePod release -> pods.release(view, release.pod());
            case Decision.ConfirmLost confirm -> lookUps.confirmLost(view, confirm.attempt());
            case Decision.Reclaim reclaim -> pods.reclaim(view, reclaim.pod(), reclaim.attempt());
            case Decision.ReadResult read -> lookUps.readResult(view, read.pod());
            case Decision.SaveResult save -> lookUps.saveResult(view, save.whole());
            case Decision.Nudge nudge -> pods.nudge(view, nudge.pod());
            case Decision.ExplainDelay explain -> lookUps.explainDelay(view, explain.pod());
            case Decision.DeleteJob delete -> deleteJob(view);
        };
    }

    private Step writeStatus(View view, Decision.WriteStatus write) {
        ClaudeJob before = view.job();
        ClaudeJobStatus old = before.getStatus();
        if (write.status().equals(old)) {
            return new Step.Done(null);
        }
        ClaudeJob changed = new ClaudeJob();
        changed.setMetadata(before.getMetadata());
        changed.setSpec(before.getSpec());
        changed.setStatus(write.status());
        ClaudeJob updated;
        try {
            updated = client.resource(changed)
                    .lockResourceVersion(before.getMetadata().getResourceVersion())
                    .updateStatus();
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Step.LOOK_AGAIN;
            }
            throw e;
        }
        fresh.job(updated, before);
        log.info(
                "{}: {} {}",
                write.status().phase(),
                write.status().reason(),
                Objects.requireNonNullElse(write.status().message(), ""));
        listener.statusWritten(updated, old);
        if (write.note() != null) {
            events.tell(updated, write.note());
        }
        return new Step.Next(view.withJob(updated));
    }

    private Step deleteJob(View view) {
        try {
            client.resource(view.job())
                    .lockResourceVersion(view.job().getMetadata().getResourceVersion())
                    .delete();
            return new Step.Done(null);
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                return Step.LOOK_AGAIN;
            }
            throw e;
        }
    }
}
