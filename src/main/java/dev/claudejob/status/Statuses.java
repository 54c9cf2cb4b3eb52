package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CliStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.Counts;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialRef;
import dev.claudejob.api.v1alpha1.CredentialStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.SessionStatus;
import dev.claudejob.api.v1alpha1.Spend;
import dev.claudejob.claude.Outcome;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.summary.Summary;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A job's next status, built once and whole for each thing that can happen to it. */
public final class Statuses {
    private static final int MAX_ATTEMPTS = 10;
    private static final int MAX_MESSAGE = 1024;

    private Statuses() {}

    /** An attempt is on record: from here on its Pod, and no other, may start. */
    public static ClaudeJobStatus started(
            View view, PodView pod, int number, Credentials.Use credential, @Nullable CredentialRef shared) {
        List<Attempt> attempts = new ArrayList<>(attempts(view.status()));
        attempts.add(
                Attempt.begun(number, pod.name(), pod.uid(), credential.name()).sharing(shared));
        while (attempts.size() > MAX_ATTEMPTS) {
            attempts.removeFirst();
        }
        Draft draft =
                said(view, Phase.Starting, Reason.Starting, "Attempt " + number + " starts as Pod " + pod.name() + ".");
        draft.attempt = number;
        draft.attempts = attempts;
        draft.credential = inUse(credential, shared);
        return draft.build();
    }

    /** The same, with the number of an attempt given up whose Pod was made: nobody can record it any more. */
    public static ClaudeJobStatus givenUp(@Nullable ClaudeJobStatus status, int attempt) {
        Draft draft = new Draft(status);
        draft.phase = Objects.requireNonNullElse(draft.phase, Phase.Pending);
        draft.attempt = attempt;
        return draft.build();
    }

    private static CredentialStatus inUse(Credentials.Use credential, @Nullable CredentialRef shared) {
        return new CredentialStatus(
                credential.name(), credential.kind().jsonName(), Spends.billing(credential.kind()), shared);
    }

    /** The name of the credential that an attempt used last, by the helper's measurement; else the one that it began with. */
    public static String lastUsed(View view, Attempt attempt, PodView pod) {
        return Spends.lastUsed(view.spec(), attempt, pod, pod.summary())
                .map(Credentials.Use::name)
                .orElse(Objects.requireNonNullElse(attempt.credential(), ""));
    }

    /** The agent is at work. */
    public static ClaudeJobStatus running(View view, PodView pod, Attempt attempt) {
        // By our own clock, which the deadline is held against: a node's may be off.
        String start = Objects.requireNonNullElse(attempt.startTime(), time(view.now()));
        Draft draft = said(view, Phase.Running, Reason.Running, "Claude Code is at work in Pod " + pod.name() + ".");
        draft.attempts = replaceLast(view, attempt.running(start));
        return draft.build();
    }

    /** True when status has said this, in whatever words. */
    public static boolean says(@Nullable ClaudeJobStatus status, Phase phase, Reason reason) {
        return status != null && status.phase() == phase && reason.name().equals(status.reason());
    }

    /** True when status has said just this, of this version of the spec: whoever edited it waits to hear what became of that. */
    public static boolean says(View view, Phase phase, Reason reason, String message) {
        ClaudeJobStatus status = view.status();
        return says(status, phase, reason, message)
                && Objects.equals(
                        Objects.requireNonNull(status).observedGeneration(),
                        view.job().getMetadata().getGeneration());
    }

    /** True when status has said just this. */
    public static boolean says(@Nullable ClaudeJobStatus status, Phase phase, Reason reason, String message) {
        return says(status, phase, reason)
                && cut(message).equals(Objects.requireNonNull(status).message());
    }

    /** Something visible keeps the job from going on. */
    public static ClaudeJobStatus waiting(View view, Reason reason, String message) {
        return waiting(view, reason, message, null);
    }

    /** The same, when only a change of the job helps: kstatus takes it for failed until then. */
    public static ClaudeJobStatus stalled(View view, Reason reason, String message) {
        return said(view, Phase.Waiting, reason, message, true).build();
    }

    /**
     * The same, when it is known how long.
     *
     * @param until when it goes on
     */
    public static ClaudeJobStatus waiting(View view, Reason reason, String message, @Nullable Instant until) {
        Draft draft = said(view, Phase.Waiting, reason, message);
        draft.resumeAt = until == null ? null : time(until);
        return draft.build();
    }

    /** The attempt failed, and another will follow. */
    public static ClaudeJobStatus resting(View view, Attempt attempt, PodView pod, Outcome outcome, Rest rest) {
        String next = rest.until() == null
                ? " The job goes on with its next credential."
                : " The job goes on at " + time(rest.until()) + ".";
        Draft draft = said(view, Phase.Waiting, outcome.reason(), outcome.message() + next);
        attemptOver(draft, view, attempt, pod, outcome);
        draft.retries = rest.retries() == 0 ? null : Integer.valueOf(rest.retries());
        draft.resumeAt = rest.until() == null ? null : time(rest.until());
        draft.cooldowns = rest.cooldowns();
        return draft.build();
    }

    /** The job ended with no attempt under way: before the first, or between two. */
    public static ClaudeJobStatus endedUnstarted(View view, Outcome outcome) {
        return ended(view, outcome).build();
    }

    /** The job ended with its attempt, whose Pod is over, or gone. */
    public static ClaudeJobStatus ended(View view, Attempt attempt, @Nullable PodView pod, Outcome outcome) {
        Draft draft = ended(view, outcome);
        Summary summary = attemptOver(draft, view, attempt, pod, outcome);
        draft.result = Results.result(summary, view.known());
        draft.permissionDenials = Results.denials(summary);
        draft.cli = cli(summary, pod);
        return draft.build();
    }

    /** The same end, for a newer generation of the spec: kstatus would otherwise wait for us for ever. */
    public static ClaudeJobStatus observed(ClaudeJob job, ClaudeJobStatus s) {
        Draft draft = new Draft(s);
        draft.observedGeneration = job.getMetadata().getGeneration();
        draft.conditions = s.conditions() == null
                ? null
                : s.conditions().stream()
                        .map(c -> new Condition(
                                c.type(),
                                c.status(),
                                c.reason(),
                                c.message(),
                                c.lastTransitionTime(),
                                job.getMetadata().getGeneration()))
                        .toList();
        return draft.build();
    }

    private static Draft ended(View view, Outcome outcome) {
        Phase phase = outcome.succeeded()
                ? Phase.Succeeded
                : outcome.reason() == Reason.Cancelled ? Phase.Cancelled : Phase.Failed;
        Draft draft = said(view, phase, outcome.reason(), outcome.message());
        draft.completionTime = time(view.now());
        draft.durationSeconds = Objects.requireNonNullElse(draft.durationSeconds, 0L);
        draft.cooldowns = null;
        return draft;
    }

    private static Draft said(View view, Phase phase, Reason reason, String message) {
        return said(view, phase, reason, message, false);
    }

    private static Draft said(View view, Phase phase, Reason reason, String message, boolean stalled) {
        Draft draft = new Draft(view.status());
        String now = time(view.now());
        draft.observedGeneration = view.job().getMetadata().getGeneration();
        draft.phase = phase;
        draft.reason = reason.name();
        draft.message = cut(message);
        draft.conditions = Conditions.of(view.job(), phase, reason, draft.message, stalled, now);
        draft.startTime = Objects.requireNonNullElse(draft.startTime, now);
        draft.resumeAt = null;
        return draft;
    }

    /** Records the attempt's end, and adds up what it took. */
    private static Summary attemptOver(
            Draft draft, View view, Attempt attempt, @Nullable PodView pod, Outcome outcome) {
        Summary summary = pod == null ? Summary.none("the Pod is gone") : pod.summary();
        String finished = pod == null
                ? time(view.now())
                : pod.agentEnd().map(e -> e.getFinishedAt()).orElse(time(view.now()));
        String started = attempt.startTime() != null
                ? attempt.startTime()
                : pod == null || !ran(view, pod, summary)
                        ? null
                        : pod.agentStart().map(Statuses::time).orElse(null);
        List<Spend> spend = Spends.of(view, attempt, pod, summary);
        Optional<Credentials.Use> used = Spends.lastUsed(view.spec(), attempt, pod, summary);
        Attempt over = new Attempt(
                attempt.number(),
                attempt.podName(),
                attempt.podUID(),
                used.map(Credentials.Use::name).orElse(attempt.credential()),
                started,
                finished,
                pod == null
                        ? null
                        : pod.agentEnd()
                                .filter(e -> started != null)
                                .map(e -> e.getExitCode())
                                .orElse(null),
                outcome.reason().name(),
                cut(outcome.message()),
                Results.money(summary.costUSD()),
                summary.session(),
                spend,
                attempt.credentialRef(),
                finding(view, attempt, summary, outcome));
        draft.attempts = replaceLast(view, over);
        draft.credential = used.map(u -> inUse(u, null)).orElse(draft.credential);
        draft.durationSeconds = Counts.sum(Objects.requireNonNullElse(draft.durationSeconds, 0L), seconds(over));
        draft.usage = Results.sum(draft.usage, Results.usage(summary));
        draft.spend = Spends.sum(draft.spend, spend);
        if (summary.session() != null) {
            draft.session = new SessionStatus(summary.session());
        }
        return summary;
    }

    /** Only what the helper measured, and only where others care. */
    private static @Nullable CredentialFinding finding(View view, Attempt attempt, Summary summary, Outcome outcome) {
        boolean measured =
                attempt.credentialRef() != null && view.job().getSpec().delivery() == CredentialDelivery.Helper;
        return measured ? Verdicts.of(summary, outcome, view.now()) : null;
    }

    /**
     * True when an agent that nobody saw at work was: its container also runs while the helper waits for a credential, and at its end the
     * kubelet tells no more which of both it was.
     */
    private static boolean ran(View view, PodView pod, Summary summary) {
        boolean byItself = summary.exit() != null && !summary.exit().term();
        return view.job().getSpec().delivery() != CredentialDelivery.Helper
                || pod.agentLetStart()
                || summary.hasResult()
                || byItself;
    }

    private static @Nullable CliStatus cli(Summary summary, @Nullable PodView pod) {
        String version = summary.cli();
        String image = Optional.ofNullable(pod).flatMap(PodView::agentImageId).orElse(null);
        return version == null && image == null ? null : new CliStatus(version, image);
    }

    private static long seconds(Attempt over) {
        return over.startTime() == null || over.endTime() == null
                ? 0
                : Math.max(
                        0,
                        Duration.between(Instant.parse(over.startTime()), Instant.parse(over.endTime()))
                                .toSeconds());
    }

    private static List<Attempt> attempts(@Nullable ClaudeJobStatus status) {
        return status == null || status.attempts() == null ? List.of() : status.attempts();
    }

    private static List<Attempt> replaceLast(View view, Attempt attempt) {
        List<Attempt> attempts = new ArrayList<>(attempts(view.status()));
        attempts.removeLast();
        attempts.add(attempt);
        return List.copyOf(attempts);
    }

    /** Times in status have the precision of {@code metav1.Time}: seconds. */
    public static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String cut(String message) {
        return message.length() <= MAX_MESSAGE
                ? message
                : message.substring(0, message.offsetByCodePoints(0, message.codePointCount(0, MAX_MESSAGE - 1))) + "…";
    }
}
