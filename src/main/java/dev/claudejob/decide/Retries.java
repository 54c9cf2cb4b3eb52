package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.Limits;
import dev.claudejob.api.v1alpha1.OnUsageLimit;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.Retry;
import dev.claudejob.claude.Outcome;
import dev.claudejob.claude.Remedy;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.standing.Spread;
import dev.claudejob.status.Rest;
import dev.claudejob.summary.Summary;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether a failed attempt is followed by another, when, and with which credential.
 *
 * <p>What is wrong with a credential moves the job to its next one and spends no retry: each is left once, or until its limit resets. What
 * passes by itself is tried again after a pause and spends one. Everything else ends the job: repeating it would only cost.
 */
final class Retries {
    private Retries() {}

    /** Empty when the job ends with this outcome. */
    static Optional<Rest> after(View view, Attempt attempt, PodView pod, Outcome outcome) {
        if (outcome.succeeded() || view.job().getSpec().cancelRequested() || outOfTime(view, attempt)) {
            return Optional.empty();
        }
        List<Cooldown> cooldowns = Cooldowns.after(view, attempt, pod, outcome);
        return switch (Remedy.of(outcome.reason())) {
            case OTHER_CREDENTIAL ->
                withAnother(view, pod.summary(), cooldowns).or(() -> parked(view, pod.summary(), cooldowns));
            case AGAIN ->
                pointless(attempt, pod, outcome.reason()) || unmetered(view, attempt, pod)
                        ? Optional.empty()
                        : again(view, cooldowns);
            case NONE -> Optional.empty();
        };
    }

    private static Optional<Rest> withAnother(View view, Summary summary, List<Cooldown> cooldowns) {
        if (Cooldowns.usable(view, cooldowns).isEmpty()) {
            return Optional.empty();
        }
        boolean free = limitMeasured(view, summary) || Cooldowns.leavesAnother(view, cooldowns);
        return spending(view, free ? 0 : 1).map(spent -> new Rest(spent, null, cooldowns));
    }

    private static Optional<Rest> parked(View view, Summary summary, List<Cooldown> cooldowns) {
        Retry retry = view.job().getSpec().retries();
        Optional<Instant> reset = Cooldowns.firstReset(cooldowns);
        if (reset.isEmpty() || retry.onUsageLimit() != OnUsageLimit.Park) {
            return Optional.empty();
        }
        // If only the agent says so it spends a retry: an agent must not be able to have itself started without end.
        return spending(view, limitMeasured(view, summary) ? 0 : 1)
                .map(spent -> new Rest(spent, reset.get(), cooldowns));
    }

    private static boolean limitMeasured(View view, Summary summary) {
        boolean seen = summary.limit() != null
                || summary.cooling().stream().anyMatch(c -> c.trouble() == Summary.Trouble.USAGE_LIMIT);
        return seen && view.job().getSpec().delivery() == CredentialDelivery.Helper;
    }

    private static Optional<Rest> again(View view, List<Cooldown> cooldowns) {
        Retry retry = view.job().getSpec().retries();
        // When every credential was refused, what ended the attempt says nothing of whether they still are.
        boolean stuck = Cooldowns.usable(view, cooldowns).isEmpty()
                && Cooldowns.firstReset(cooldowns).isEmpty();
        Instant until = view.now().plus(pause(view, retry, spent(view)));
        return spending(view, 1).map(spent -> new Rest(spent, until, stuck ? List.of() : cooldowns));
    }

    /** The retries spent by then; empty when there are not so many. */
    private static Optional<Integer> spending(View view, int retries) {
        int spent = spent(view) + retries;
        return retries == 0 || spent <= limit(view.job().getSpec().retries()) ? Optional.of(spent) : Optional.empty();
    }

    private static Duration pause(View view, Retry retry, int spent) {
        long base = Objects.requireNonNull(retry.backoffSeconds());
        long max = Objects.requireNonNull(retry.maxBackoffSeconds());
        long seconds = Math.min(max, base << Math.min(spent, 20));
        // Up to a tenth more, so that jobs that failed together don't come back together.
        return Duration.ofMillis(seconds * 1000 + seconds * 100 * spread(view) / Spread.SECONDS);
    }

    /**
     * A kubelet evicts for lack of room on the node, which passes, and for a limit of the Pod's own, which does not. It refuses a Pod that it
     * has no room for after all, which passes; what keeps a container from starting does not. Whoever deletes a Pod at work wants it to end; before
     * that it is a Pod like any other, which its controller makes anew.
     */
    private static boolean pointless(Attempt attempt, PodView pod, Reason reason) {
        return switch (reason) {
            case Evicted -> {
                String message = pod.podMessage().orElse("").toLowerCase(Locale.ROOT);
                yield message.contains("exceeds the limit")
                        || message.contains("exceeds the total limit")
                        || message.contains("exceeded its local ephemeral storage limit");
            }
            case PodRejected -> pod.podReason().isEmpty() || pod.agentStarted();
            case PodLost -> pod.agentStarted() || attempt.startTime() != null;
            default -> false;
        };
    }

    /** True when an agent was at work within limits.maxOutputTokens, and no helper is left to tell how many it used: it may be all of them. */
    static boolean unmetered(View view, Attempt attempt, PodView pod) {
        Limits limits = view.job().getSpec().limits();
        return limits != null
                && limits.maxOutputTokens() != null
                && (attempt.startTime() != null || pod.agentLetStart())
                && pod.summary().event() == Summary.Event.MALFORMED;
    }

    private static boolean outOfTime(View view, Attempt attempt) {
        Instant deadline = Decider.deadline(view, attempt);
        return deadline != null && !view.now().isBefore(deadline);
    }

    private static int spent(View view) {
        ClaudeJobStatus status = view.status();
        return status == null || status.retries() == null ? 0 : status.retries();
    }

    private static int limit(Retry retry) {
        return Objects.requireNonNull(retry.limit());
    }

    private static long spread(View view) {
        int attempt = view.recordedAttempt().map(Attempt::number).orElse(0);
        return Spread.of(view.job().getMetadata().getUid(), attempt);
    }
}
