package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CredentialRef;
import dev.claudejob.api.v1alpha1.OnUsageLimit;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.status.Statuses;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The way of an attempt onto record: a credential, a gated Pod, the record. */
final class Starts {
    /** How soon a Pod that the apiserver refused is tried again, at first and at most. */
    static final Duration REFUSAL_PAUSE = Duration.ofSeconds(2);

    static final Duration LONGEST_REFUSAL_PAUSE = Duration.ofSeconds(60);

    /** How soon a job looks whether its turn has come, if nobody calls it. */
    static final Duration TURN_PAUSE = Duration.ofSeconds(60);

    /** How soon to look again at caches that are not filled yet. */
    private static final Duration CACHES_PAUSE = Duration.ofMillis(100);

    private Starts() {}

    /** @param pod the attempt's, if it is there */
    static Decision next(View view, int attempt, @Nullable PodView pod, DecideSettings settings) {
        return switch (Choices.of(view)) {
            case Choice.Unknown unknown -> new Decision.Wait(view.now().plus(CACHES_PAUSE));
            case Choice.None none -> Decider.end(Statuses.endedUnstarted(view, none.outcome()), true);
            case Choice.Wait wait -> hold(view, attempt, pod, wait);
            case Choice.Take take ->
                pod == null ? create(view, attempt, take) : record(view, attempt, pod, take, settings);
        };
    }

    private static Decision create(View view, int attempt, Choice.Take take) {
        View.Refusal refusal = view.known().refusal();
        if (refusal == null) {
            return new Decision.CreatePod(attempt, take.positions());
        }
        // No attempt is spent: the Pod was never made.
        Reason reason = refusal.reason();
        String message = refusal.message();
        return Statuses.says(view, Phase.Waiting, reason, message)
                ? new Decision.Wait(view.now().plus(refusalPause(view)))
                : new Decision.WriteStatus(
                        refusal.stalled()
                                ? Statuses.stalled(view, reason, message)
                                : Statuses.waiting(view, reason, message),
                        Decider.trouble(view, reason, message));
    }

    /** As long as the job has been trying: the pauses double, and nobody has to remember how often it tried. */
    private static Duration refusalPause(View view) {
        ClaudeJobStatus status = view.status();
        String begun = view.recordedAttempt().map(Attempt::endTime).orElse(status == null ? null : status.startTime());
        Duration trying = begun == null ? Duration.ZERO : Duration.between(Instant.parse(begun), view.now());
        return trying.compareTo(REFUSAL_PAUSE) < 0
                ? REFUSAL_PAUSE
                : trying.compareTo(LONGEST_REFUSAL_PAUSE) > 0 ? LONGEST_REFUSAL_PAUSE : trying;
    }

    private static Decision record(View view, int attempt, PodView pod, Choice.Take take, DecideSettings settings) {
        List<Integer> positions = take.positions();
        int position = positions.isEmpty() ? 0 : positions.getFirst();
        Credentials.Use first = Credentials.of(view.spec(), settings.upstreams(), pod.credentials())
                .first();
        boolean asWanted = !pod.outdated(view.job().getMetadata().getGeneration())
                && pod.beginsWith(first.name())
                && (positions.isEmpty() || pod.credentials().indexOf(position) == 0);
        if (pod.gated() && (pod.deleting() || !asWanted)) {
            // Somebody deleted it, the user changed the spec in between, or another credential's turn has come.
            return giveUp(view, pod);
        }
        CredentialRef shared = view.job().getSpec().credentials().get(position).credentialRef();
        return new Decision.WriteStatus(
                Statuses.started(view, pod, attempt, first, shared),
                new Decision.Note(false, "Started", "Attempt " + attempt + " starts as Pod " + pod.name()));
    }

    /**
     * A Pod at its gate that is not to start any more. Its number is given up on record before it is deleted: another leader may be about to
     * record it, and only one of both writes succeeds.
     */
    static Optional<Decision> cleanUp(View view, int next) {
        return view.pods().stream()
                // One without a number has a broken label, and may be on record.
                .filter(pod -> pod.gated() && pod.attempt() > 0 && pod.attempt() < next)
                .filter(pod -> !pod.deleting() || pod.held())
                .findFirst()
                .map(pod -> pod.deleting() ? new Decision.ReleasePod(pod) : new Decision.DeletePod(pod));
    }

    static Decision giveUp(View view, PodView pod) {
        return new Decision.WriteStatus(Statuses.givenUp(view.status(), pod.attempt()), null);
    }

    /** The number of the next attempt: after the last one on record, and after those that were given up. */
    static int nextNumber(View view) {
        ClaudeJobStatus status = view.status();
        int last = view.recordedAttempt().map(Attempt::number).orElse(0);
        return 1 + (status == null || status.attempt() == null ? last : Math.max(last, status.attempt()));
    }

    /** No attempt is spent: the job has not begun. */
    private static Decision hold(View view, int attempt, @Nullable PodView pod, Choice.Wait wait) {
        boolean fails = wait.reason() == Reason.UsageLimit
                && view.job().getSpec().retries().onUsageLimit() == OnUsageLimit.Fail;
        if (fails) {
            return Decider.end(Statuses.endedUnstarted(view, new Outcome(wait.reason(), wait.message())), true);
        }
        ClaudeJobStatus status = view.status();
        String resumeAt = wait.until() == null ? null : Statuses.time(wait.until());
        boolean said = resumeAt == null
                ? Statuses.says(status, Phase.Waiting, wait.reason(), wait.message())
                // The attempt that met it may have found other words.
                : Decider.says(view, Phase.Waiting, wait.reason())
                        && resumeAt.equals(Objects.requireNonNull(status).resumeAt());
        if (pod != null && pod.gated()) {
            return new Decision.WriteStatus(
                    Statuses.givenUp(Statuses.waiting(view, wait.reason(), wait.message(), wait.until()), attempt),
                    null);
        }
        return said
                // Somebody calls when its turn has come. Should the call be lost, it is late, and not for ever.
                ? new Decision.Wait(Decider.earliest(wait.until(), view.now().plus(TURN_PAUSE)))
                : new Decision.WriteStatus(
                        Statuses.waiting(view, wait.reason(), wait.message(), wait.until()),
                        // To wait for one's turn is no trouble.
                        wait.reason() == Reason.Queued ? null : Decider.trouble(view, wait.reason(), wait.message()));
    }
}
