package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CliStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.CredentialStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.SessionStatus;
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
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A job's next status, built once and whole for each thing that can happen to it. */
public final class Statuses {
    private static final int MAX_ATTEMPTS = 10;
    private static final int MAX_MESSAGE = 1024;

    private Statuses() {}

    /** An attempt is on record: from here on its Pod, and no other, may start. */
    public static ClaudeJobStatus started(View view, PodView pod, int number, Credentials.Use credential) {
        ClaudeJobStatus before = view.status();
        List<Attempt> attempts = new ArrayList<>(attempts(before));
        attempts.add(new Attempt(
                number, pod.name(), pod.uid(), credential.name(), null, null, null, null, null, null, null));
        while (attempts.size() > MAX_ATTEMPTS) {
            attempts.removeFirst();
        }
        return progress(
                view,
                Phase.Starting,
                Reason.Starting,
                "Attempt " + number + " starts as Pod " + pod.name() + ".",
                attempts,
                number,
                new CredentialStatus(
                        credential.name(),
                        credential.kind().jsonName(),
                        Billing.valueOf(camel(credential.kind().billing().name()))));
    }

    /** The agent is at work. */
    public static ClaudeJobStatus running(View view, PodView pod, Attempt attempt) {
        // By our own clock, which the deadline is held against: a node's may be off.
        String start = Objects.requireNonNullElse(attempt.startTime(), time(view.now()));
        return progress(
                view,
                Phase.Running,
                Reason.Running,
                "Claude Code is at work in Pod " + pod.name() + ".",
                replaceLast(
                        view,
                        new Attempt(
                                attempt.number(),
                                attempt.podName(),
                                attempt.podUID(),
                                attempt.credential(),
                                start,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null)),
                attempt.number(),
                view.status() == null ? null : view.status().credential());
    }

    /** Something visible keeps the job from going on. */
    public static ClaudeJobStatus waiting(View view, Reason reason, String message) {
        ClaudeJobStatus before = view.status();
        return progress(
                view,
                Phase.Waiting,
                reason,
                message,
                attempts(before),
                before == null ? null : before.attempt(),
                before == null ? null : before.credential());
    }

    /** The job ended without any attempt. */
    public static ClaudeJobStatus endedUnstarted(View view, Outcome outcome) {
        return end(view, outcome, List.of(), null, null, null);
    }

    /** The job ended with its attempt, whose Pod is over, or gone. */
    public static ClaudeJobStatus ended(View view, Attempt attempt, @Nullable PodView pod, Outcome outcome) {
        Summary summary = pod == null ? Summary.none("the Pod is gone") : pod.summary();
        String finished = pod == null
                ? time(view.now())
                : pod.agentEnd().map(e -> e.getFinishedAt()).orElse(time(view.now()));
        String started = attempt.startTime() != null
                ? attempt.startTime()
                : pod == null ? null : pod.agentStart().map(Statuses::time).orElse(null);
        Attempt ended = new Attempt(
                attempt.number(),
                attempt.podName(),
                attempt.podUID(),
                attempt.credential(),
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
                summary.session());
        return end(view, outcome, replaceLast(view, ended), attempt.number(), pod, summary);
    }

    /** The same end, for a newer generation of the spec: kstatus would otherwise wait for us for ever. */
    public static ClaudeJobStatus observed(ClaudeJob job, ClaudeJobStatus s) {
        return new ClaudeJobStatus(
                job.getMetadata().getGeneration(),
                s.phase(),
                s.reason(),
                s.message(),
                s.conditions() == null
                        ? null
                        : s.conditions().stream()
                                .map(c -> new Condition(
                                        c.type(),
                                        c.status(),
                                        c.reason(),
                                        c.message(),
                                        c.lastTransitionTime(),
                                        job.getMetadata().getGeneration()))
                                .toList(),
                s.startTime(),
                s.completionTime(),
                s.durationSeconds(),
                s.attempt(),
                s.attempts(),
                s.credential(),
                s.session(),
                s.result(),
                s.usage(),
                s.permissionDenials(),
                s.cli());
    }

    private static ClaudeJobStatus progress(
            View view,
            Phase phase,
            Reason reason,
            String message,
            List<Attempt> attempts,
            @Nullable Integer number,
            @Nullable CredentialStatus credential) {
        ClaudeJobStatus before = view.status();
        String now = time(view.now());
        return new ClaudeJobStatus(
                view.job().getMetadata().getGeneration(),
                phase,
                reason.name(),
                cut(message),
                Conditions.of(view.job(), phase, reason, cut(message), now),
                before != null && before.startTime() != null ? before.startTime() : now,
                null,
                null,
                number,
                attempts.isEmpty() ? null : List.copyOf(attempts),
                credential,
                before == null ? null : before.session(),
                null,
                before == null ? null : before.usage(),
                null,
                null);
    }

    private static ClaudeJobStatus end(
            View view,
            Outcome outcome,
            List<Attempt> attempts,
            @Nullable Integer number,
            @Nullable PodView pod,
            @Nullable Summary summary) {
        ClaudeJobStatus before = view.status();
        String now = time(view.now());
        Phase phase = outcome.succeeded()
                ? Phase.Succeeded
                : outcome.reason() == Reason.Cancelled ? Phase.Cancelled : Phase.Failed;
        String message = cut(outcome.message());
        return new ClaudeJobStatus(
                view.job().getMetadata().getGeneration(),
                phase,
                outcome.reason().name(),
                message,
                Conditions.of(view.job(), phase, outcome.reason(), message, now),
                before == null || before.startTime() == null ? now : before.startTime(),
                now,
                seconds(attempts),
                number,
                attempts.isEmpty() ? null : attempts,
                before == null ? null : before.credential(),
                summary == null || summary.session() == null ? null : new SessionStatus(summary.session()),
                summary == null ? null : Results.result(summary, view.known()),
                summary == null ? null : Results.usage(summary),
                summary == null ? null : Results.denials(summary),
                cli(summary, pod));
    }

    private static @Nullable CliStatus cli(@Nullable Summary summary, @Nullable PodView pod) {
        String version = summary == null ? null : summary.cli();
        String image = Optional.ofNullable(pod).flatMap(PodView::agentImageId).orElse(null);
        return version == null && image == null ? null : new CliStatus(version, image);
    }

    private static Long seconds(List<Attempt> attempts) {
        long total = 0;
        for (Attempt a : attempts) {
            if (a.startTime() != null && a.endTime() != null) {
                total += Math.max(
                        0,
                        Duration.between(Instant.parse(a.startTime()), Instant.parse(a.endTime()))
                                .toSeconds());
            }
        }
        return total;
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
    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String cut(String message) {
        return message.length() <= MAX_MESSAGE
                ? message
                : message.substring(0, message.offsetByCodePoints(0, message.codePointCount(0, MAX_MESSAGE - 1))) + "…";
    }

    private static String camel(String upper) {
        return upper.charAt(0) + upper.substring(1).toLowerCase(Locale.ROOT);
    }
}
