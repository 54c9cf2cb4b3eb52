package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.testing.Jobs;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that tells two versions of the job apart in the model.
 *
 * @param life 1, or 2 for the job that was created anew under the same name
 * @param prompt counts the user's edits of it
 * @param status timeless, and always the same object for equal statuses
 */
record JobFacts(
        int life,
        int prompt,
        boolean cancel,
        long generation,
        @Nullable ClaudeJobStatus status) {
    /** When everything on a node happens. An operator looks {@link #EARLY} or {@link #LATE}, whatever it did before. */
    static final Instant START = Jobs.CREATED;

    /** A second after everything: nothing that is waited for by time is due. */
    static final Instant EARLY = START.plusSeconds(1);

    /** Hours later: all that is waited for by time is due. */
    static final Instant LATE = START.plusSeconds(20_000);

    private static final String RESUME = START.plusSeconds(100).toString();

    JobFacts with(@Nullable ClaudeJobStatus newer) {
        return new JobFacts(life, prompt, cancel, generation, newer);
    }

    String uid() {
        return "job-" + life;
    }

    List<Attempt> attempts() {
        return status == null || status.attempts() == null ? List.of() : status.attempts();
    }

    /** Of the newest attempt, whether it was recorded or given up. */
    int number() {
        return status == null || status.attempt() == null ? 0 : status.attempt();
    }

    Optional<Attempt> attemptOf(int podUid) {
        return attempts().stream()
                .filter(a -> a.podUID().equals(PodFacts.uidText(podUid)))
                .findFirst();
    }

    boolean finished() {
        return status != null && status.phase() != null && status.phase().finished();
    }

    /** The job as the apiserver would return it, with more of a spec in YAML. */
    ClaudeJob object(String spec) {
        ClaudeJob job = Jobs.job("prompt: p" + prompt + (cancel ? "\ncancel: true\n" : "\n") + spec);
        return Jobs.with(Jobs.changed(job, m -> m.withUid(uid()).withGeneration(generation)), status);
    }

    /** What a decision may depend on of a status: times are due or not by who looks, texts are for people. */
    static ClaudeJobStatus timeless(ClaudeJobStatus s) {
        return new ClaudeJobStatus(
                s.observedGeneration(),
                s.phase(),
                s.reason(),
                "",
                null,
                time(s.startTime()),
                time(s.completionTime()),
                s.durationSeconds() == null ? null : 0L,
                s.attempt(),
                s.retries(),
                s.resumeAt() == null ? null : RESUME,
                s.attempts() == null
                        ? null
                        : s.attempts().stream().map(JobFacts::timeless).toList(),
                s.credential(),
                s.cooldowns(),
                s.session(),
                s.result(),
                s.usage(),
                s.spend(),
                s.permissionDenials(),
                s.cli());
    }

    private static Attempt timeless(Attempt a) {
        return new Attempt(
                a.number(),
                a.podName(),
                a.podUID(),
                a.credential(),
                time(a.startTime()),
                time(a.endTime()),
                a.exitCode(),
                a.reason(),
                a.message() == null ? null : "",
                a.costUSD(),
                a.sessionID(),
                a.spend(),
                a.credentialRef(),
                a.finding());
    }

    private static @Nullable String time(@Nullable String any) {
        return any == null ? null : START.toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || other instanceof JobFacts that
                        && life == that.life
                        && prompt == that.prompt
                        && cancel == that.cancel
                        && generation == that.generation
                        && status == that.status;
    }

    @Override
    public int hashCode() {
        return ((life * 31 + prompt) * 31 + (int) generation) * 31 + System.identityHashCode(status);
    }

    @Override
    public String toString() {
        return "job " + life + (cancel ? " cancelled" : "") + " generation " + generation
                + (status == null ? "" : " " + words(status));
    }

    static String words(ClaudeJobStatus status) {
        StringBuilder words = new StringBuilder(status.phase() + " " + status.reason() + " " + status.attempt());
        for (Attempt a : Objects.requireNonNullElse(status.attempts(), List.<Attempt>of())) {
            words.append(" [attempt ").append(a.number()).append(' ').append(a.podUID());
            words.append(a.reason() == null ? "]" : " " + a.reason() + "]");
        }
        return words.toString();
    }
}
