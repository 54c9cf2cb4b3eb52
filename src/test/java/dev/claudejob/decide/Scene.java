package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.status.Statuses;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job with at most one Pod, at a moment. Times are seconds since the job was created. Status is what {@link Statuses} writes, so that a
 * scene is never one that can't be.
 */
record Scene(ClaudeJob job, @Nullable PodStory pod, long second, View.Known known) {
    static final DecideSettings SETTINGS = new DecideSettings(Duration.ofSeconds(300), true, Upstreams.DEFAULT);
    private static final Decider DECIDER = new Decider(SETTINGS);

    /** A new job that nobody has looked at. */
    static Scene job(String spec) {
        return new Scene(Jobs.job(spec), null, 0, View.Known.NOTHING);
    }

    static Instant t(long second) {
        return Jobs.CREATED.plusSeconds(second);
    }

    /** Its gated Pod is there, and not on record. */
    Scene created() {
        return new Scene(job, PodStory.created(job, 1, t(0)), second, known);
    }

    /** The attempt is on record. */
    Scene recorded() {
        Scene scene = pod == null ? created() : this;
        View view = scene.view();
        return scene.status(Statuses.started(
                view,
                view.pods().getFirst(),
                1,
                Credentials.of(job.getSpec(), Upstreams.DEFAULT).first(),
                null));
    }

    /** A node has the Pod since second 1. */
    Scene onNode() {
        return recorded().pod(p -> p.onNode(t(1)));
    }

    /** The agent runs since second 3, and the status says so. */
    Scene running() {
        return onNode().pod(p -> p.running(t(3))).at(3).saysRunning();
    }

    Scene saysRunning() {
        return status(Statuses.running(view(), view().pods().getFirst(), attempt()));
    }

    Scene saysWaiting(Reason reason) {
        return status(Statuses.waiting(view(), reason, "It waits because of " + reason + "."));
    }

    /** What was decided to say is on record. */
    Scene said() {
        return status(written());
    }

    /** The decision that ends it is on record. */
    Scene finished() {
        return decide() instanceof Decision.WriteStatus write ? status(write.status()) : this;
    }

    Scene at(long when) {
        return new Scene(job, pod, when, known);
    }

    Scene pod(UnaryOperator<PodStory> change) {
        return new Scene(job, change.apply(pod), second, known);
    }

    Scene withoutPod() {
        return new Scene(job, null, second, known);
    }

    /** The user updates the spec. */
    Scene updated(String spec) {
        return new Scene(Jobs.updated(job, spec), pod, second, known);
    }

    Scene metadata(Consumer<ObjectMetaBuilder> change) {
        return new Scene(Jobs.changed(job, change), pod, second, known);
    }

    /** Somebody deleted the job, and something keeps it. */
    Scene deleting() {
        return metadata(m -> m.withDeletionTimestamp(t(second).toString()));
    }

    Scene knowing(UnaryOperator<View.Known> more) {
        return new Scene(job, pod, second, more.apply(known));
    }

    Scene status(ClaudeJobStatus status) {
        return new Scene(Jobs.with(job, status), pod, second, known);
    }

    Attempt attempt() {
        return view().recordedAttempt().orElseThrow();
    }

    View view() {
        return View.of(job, Stream.ofNullable(pod).map(PodStory::pod), t(second))
                .knowing(known);
    }

    Decision decide() {
        return DECIDER.decide(view());
    }

    ClaudeJobStatus written() {
        return ((Decision.WriteStatus) decide()).status();
    }

    private static boolean givesUp(ClaudeJobStatus status) {
        return status.attempt() != null && status.attempts() == null;
    }

    /** A decision in a few words. */
    static String words(Decision decision) {
        return switch (decision) {
            case Decision.Wait wait ->
                Optional.ofNullable(wait.until())
                        .map(until -> "wait until "
                                + Duration.between(Jobs.CREATED, until).toSeconds())
                        .orElse("wait");
            case Decision.CreatePod create -> "create " + create.attempt();
            case Decision.WriteStatus write ->
                givesUp(write.status())
                        ? "give number " + write.status().attempt() + " up"
                        : "write " + write.status().phase() + " "
                                + write.status().reason();
            case Decision.OpenGate open -> "open the gate";
            case Decision.StopPod stop -> "stop";
            case Decision.DeletePod delete -> "delete the Pod";
            case Decision.ReleasePod release -> "release";
            case Decision.ConfirmLost confirm -> "confirm that it is lost";
            case Decision.Reclaim reclaim -> "reclaim " + reclaim.attempt();
            case Decision.ReadResult read -> "read the log";
            case Decision.SaveResult save -> "save the result";
            case Decision.Nudge nudge -> "nudge";
            case Decision.ExplainDelay explain -> "ask for Events";
            case Decision.DeleteJob delete -> "delete the job";
        };
    }
}
