package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.observe.PodView;
import dev.claudejob.summary.FullResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The next step for a job. Each does at most one thing outside the operator, so that a crash between two of them is a crash between two steps. */
public sealed interface Decision {
    /** Nothing to do, until something changes or {@code until} comes. */
    record Wait(@Nullable Instant until) implements Decision {}

    /**
     * Create the gated Pod of an attempt. It can't start yet.
     *
     * @param credentials positions in spec.credentials that it may use, the one to begin with first
     */
    record CreatePod(int attempt, List<Integer> credentials) implements Decision {}

    /** Write the status, by compare-and-swap, and tell people of it when that worked. */
    record WriteStatus(ClaudeJobStatus status, @Nullable Note note) implements Decision {}

    /** Let a Pod start whose uid is on record. */
    record OpenGate(PodView pod) implements Decision {}

    /** Have the kubelet end a running Pod gracefully, and keep the Pod with its logs. */
    record StopPod(PodView pod) implements Decision {}

    /**
     * Delete a Pod. Our finalizer keeps its facts until they are on record.
     *
     * @param grace how long its containers may take to end; null for as long as the Pod itself says
     */
    record DeletePod(PodView pod, @Nullable Duration grace) implements Decision {
        DeletePod(PodView pod) {
            this(pod, null);
        }
    }

    /** Give a Pod up: everything it could tell is on record. */
    record ReleasePod(PodView pod) implements Decision {}

    /** Ask the apiserver itself for the Pod of a recorded attempt: whether it is gone, or says more than the cache knows. */
    record ConfirmLost(Attempt attempt) implements Decision {}

    /** Give a Pod of ours back the labels or the owner that somebody took from it: without them we would not hear of it again. */
    record Reclaim(PodView pod, int attempt) implements Decision {}

    /** Read the whole result from the helper's log. */
    record ReadResult(PodView pod) implements Decision {}

    /** Keep a result that is too long for status in a ConfigMap. */
    record SaveResult(FullResult whole) implements Decision {}

    /** Touch a Pod that waits for a credential: its kubelet then looks at the Secret at once instead of within a minute or more. */
    record Nudge(PodView pod) implements Decision {}

    /** Find out from Events why a Pod does not start. */
    record ExplainDelay(PodView pod) implements Decision {}

    /** Delete the job: its time to live is over. */
    record DeleteJob() implements Decision {}

    /** An Event for people. */
    record Note(boolean warning, String reason, String message) {}
}
