package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialError;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.pod.Credentials;
import dev.claudejob.standing.Standing.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is known of one ClaudeCredential, whether it exists or is only named by jobs. Guarded by its desk. */
final class Counter {
    /** An agent that has worked this long without a request being held is past its first request: that takes a second or two. */
    static final Duration PAST_THE_FIRST_REQUEST = Duration.ofSeconds(15);

    private final Key key;
    private final Map<String, JobFacts> known = new HashMap<>();
    private final NavigableSet<JobFacts> waiting = new TreeSet<>(JobFacts.BY_CREATION);
    private final Map<String, JobFacts> atWork = new HashMap<>();
    private final Map<String, Findings> findings = new HashMap<>();
    private final Set<String> promised = new HashSet<>();
    private @Nullable ClaudeCredential credential;

    Counter(Key key) {
        this.key = key;
    }

    Key key() {
        return key;
    }

    // ---- what it is told

    void job(JobFacts facts) {
        drop(facts.uid());
        known.put(facts.uid(), facts);
        learn(facts);
        switch (facts.state()) {
            case WAITING -> waiting.add(facts);
            case ACTIVE -> {
                atWork.put(facts.uid(), facts);
                promised.remove(facts.uid());
            }
            case OVER -> promised.remove(facts.uid());
        }
    }

    void forget(String uid) {
        drop(uid);
        promised.remove(uid);
    }

    private void drop(String uid) {
        JobFacts before = known.remove(uid);
        if (before != null) {
            waiting.remove(before);
            atWork.remove(uid);
        }
    }

    /** What was found out before the ClaudeCredential was made is not about it: that is how people have one tried at once. */
    private void learn(JobFacts facts) {
        if (credential == null) {
            return;
        }
        Instant made = made(credential);
        facts.found().stream()
                .filter(f -> f.ref().equals(key.name()))
                .forEach(f -> findings.merge(
                        f.credential(),
                        Findings.of(f.finding(), facts.key().name()).since(made),
                        Findings::and));
    }

    /** It is there, like this; old news are ignored. */
    void is(ClaudeCredential now) {
        ClaudeCredential before = credential;
        if (before != null && version(before) >= version(now)) {
            return;
        }
        credential = now;
        if (before == null
                || !before.getMetadata().getUid().equals(now.getMetadata().getUid())) {
            findings.clear();
            known.values().forEach(this::learn);
        }
    }

    void isGone(ClaudeCredential gone) {
        if (credential != null
                && credential.getMetadata().getUid().equals(gone.getMetadata().getUid())) {
            credential = null;
            findings.clear();
        }
    }

    /** True when there is no such ClaudeCredential and no job names it. */
    boolean unused() {
        return credential == null && known.isEmpty();
    }

    private static Instant made(ClaudeCredential credential) {
        return Instant.parse(credential.getMetadata().getCreationTimestamp());
    }

    private static long version(ClaudeCredential credential) {
        String version = credential.getMetadata().getResourceVersion();
        return version == null ? 0 : Long.parseLong(version);
    }

    // ---- how it stands

    int active() {
        return (int)
                atWork.values().stream().filter(job -> job.uses(key.name())).count();
    }

    /** All jobs that name it and have not started, in their order. */
    Stream<JobFacts> waiting() {
        return waiting.stream();
    }

    Optional<Standing> standing(Instant now) {
        ClaudeCredential existing = credential;
        if (existing == null || existing.getSpec() == null) {
            return Optional.empty();
        }
        Credential listed = existing.getSpec().asListedBy(key.name());
        String name = Credentials.whatever(listed).name();
        Findings known = known(existing, name, now);
        Instant limit = known.limitedUntil();
        // One that is over is on record all the same.
        boolean limited = limit != null && (!now.isBefore(limit) || Waits.last(limit, now));
        return Optional.of(new Standing(
                listed,
                name,
                existing.getSpec().maxConcurrentJobs(),
                limited ? known.limitedUntil() : null,
                limited ? known.limitType() : null,
                trouble(name, known, now),
                known.accepted(),
                known.error(),
                known.expiresAt(),
                known.utilization(now),
                0,
                0,
                false));
    }

    /** What is on record in the ClaudeCredential, what jobs found out, and what those at work show. */
    private Findings known(ClaudeCredential existing, String name, Instant now) {
        ClaudeCredentialStatus status = existing.getStatus();
        Findings recorded = status != null && name.equals(status.credential())
                ? Findings.of(status, made(existing)).since(made(existing))
                : Findings.NONE;
        Findings known = recorded.and(findings.getOrDefault(name, Findings.NONE));
        for (JobFacts.Use use : uses(name)) {
            if (use.runningSince() != null && !now.isBefore(use.runningSince().plus(PAST_THE_FIRST_REQUEST))) {
                known = known.and(Findings.accepted(use.runningSince()));
            }
        }
        return known;
    }

    private List<JobFacts.Use> uses(String name) {
        return atWork.values().stream()
                .map(JobFacts::use)
                .filter(Objects::nonNull)
                .filter(use -> use.ref().equals(key.name()) && use.credential().equals(name))
                .toList();
    }

    private @Nullable Trouble trouble(String name, Findings known, Instant now) {
        List<Reason> met = uses(name).stream()
                .map(JobFacts.Use::trouble)
                .filter(Objects::nonNull)
                .toList();
        Instant end = known.expiresAt();
        if (end != null && !now.isBefore(end)) {
            return expired(name, end, known.unhealed(), met.contains(Reason.AuthFailed));
        }
        if (met.contains(Reason.AuthFailed)) {
            return new Trouble(
                    Reason.AuthFailed,
                    "The API refuses the credential " + name
                            + ", or it is gone. A job holds its requests until the Secret changes.",
                    null);
        }
        CredentialError error = known.unhealed();
        if (error != null) {
            Instant tryAt = Instant.parse(error.time()).plus(Standing.TRY_AGAIN);
            return new Trouble(
                    Reason.valueOf(error.reason()),
                    error.message() + " "
                            + (error.reason().equals(Reason.AuthFailed.name())
                                    ? "Put a valid one into the Secret, " + name + "."
                                    : "Add credit, or use another credential than " + name + ".")
                            + " One job tries it again after " + tryAt + ".",
                    tryAt);
        }
        return met.contains(Reason.CredentialMissing)
                ? new Trouble(
                        Reason.CredentialMissing,
                        "The credential " + name
                                + " is not there. Create the Secret with that key; a job waits for it.",
                        null)
                : null;
    }

    private static Trouble expired(String name, Instant end, @Nullable CredentialError error, boolean held) {
        String words = "The credential " + name + " has expired at " + end + ". Put a fresh one into the Secret.";
        if (held) {
            return new Trouble(
                    Reason.CredentialExpired, words + " A job holds its requests until the Secret changes.", null);
        }
        Instant failed = error == null ? Instant.MIN : Instant.parse(error.time());
        return failed.isBefore(end)
                ? new Trouble(Reason.CredentialExpired, words + " The next job finds out whether it was.", end)
                : new Trouble(
                        Reason.CredentialExpired,
                        words + " One job tries it again after " + failed.plus(Standing.TRY_AGAIN) + ".",
                        failed.plus(Standing.TRY_AGAIN));
    }

    // ---- slots

    /** How many jobs may use it now. */
    private int size(Standing standing, Instant now) {
        int limit = Objects.requireNonNullElse(standing.maxConcurrentJobs(), Integer.MAX_VALUE);
        Trouble trouble = standing.trouble();
        if (trouble == null) {
            return limit;
        }
        return trouble.tryAt() == null || !now.isBefore(trouble.tryAt()) ? 1 : 0;
    }

    /** How many more may start on it now. */
    private long free(Standing standing, Instant now) {
        return Math.max(0, (long) size(standing, now) - active() - promised.size());
    }

    /** Promises a slot to a job if there is one for it: those before it in the line come first. */
    boolean promise(JobFacts job, Standing standing, Stream<JobFacts> line, Instant now) {
        if (promised.contains(job.uid())) {
            return true;
        }
        long free = free(standing, now);
        // No further along the line than there are slots: it may be long.
        long before = line.takeWhile(other -> JobFacts.BY_CREATION.compare(other, job) < 0)
                .filter(other -> !promised.contains(other.uid()))
                .limit(free)
                .count();
        boolean slot = before < free;
        if (slot) {
            promised.add(job.uid());
        }
        return slot;
    }

    Set<String> promised() {
        return Set.copyOf(promised);
    }

    /** False when nothing was promised. */
    boolean release(String uid) {
        return promised.remove(uid);
    }

    /** Those of the line that would get a slot now. */
    List<JobFacts> admitted(Standing standing, Stream<JobFacts> line, Instant now) {
        return line.filter(job -> !promised.contains(job.uid()))
                .limit(free(standing, now))
                .toList();
    }
}
