package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialRef;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Remedy;
import dev.claudejob.pod.Credentials;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a job's object says that matters to others on the same ClaudeCredential.
 *
 * @param version of the object: of two, the greater is the newer
 * @param attempt the number of the last one; 0 before the first
 * @param listed the job's credentials, in its order of preference
 * @param use the ClaudeCredential in use; null when none is
 * @param resumeAt when a job that pauses after an attempt goes on; null for one that waits for a credential
 * @param refused whether it waits because its Pod can't be made: it holds nobody up
 * @param left the credentials that it does not use for now, and until when; {@link Instant#MAX} for ever
 * @param found what its attempts found out
 */
record JobFacts(
        Key key,
        String uid,
        long version,
        Instant created,
        int attempt,
        List<Listed> listed,
        State state,
        @Nullable Use use,
        @Nullable Instant resumeAt,
        boolean refused,
        Map<String, Instant> left,
        List<Found> found) {
    /** The queue's order. */
    static final Comparator<JobFacts> BY_CREATION = Comparator.comparing(JobFacts::created)
            .thenComparing(job -> job.key().name())
            .thenComparing(JobFacts::uid);

    private static final List<String> REFUSALS = List.of(Reason.PodRejected.name(), Reason.NameTaken.name());

    enum State {
        /** No attempt is under way, and one is to come. */
        WAITING,
        /** An attempt is under way: from its record on, whether its Pod has started or not. */
        ACTIVE,
        /** Nothing more will start. */
        OVER
    }

    /** A credential of the job's list. */
    sealed interface Listed {
        /** A ClaudeCredential, by its name. */
        record Shared(String ref) implements Listed {}

        /** One of the job's own, by its name in status. */
        record Own(String name) implements Listed {}

        static Listed of(Credential credential) {
            CredentialRef ref = credential.credentialRef();
            return ref == null ? new Own(Credentials.whatever(credential).name()) : new Shared(ref.name());
        }
    }

    /**
     * An attempt under way.
     *
     * @param credential what it was made with, as {@code <secret>/<key>}
     * @param runningSince null while it is not at work
     * @param trouble why its helper has no use of the credential now; null when it has
     */
    record Use(
            String ref,
            String credential,
            @Nullable Instant runningSince,
            @Nullable Reason trouble) {}

    /** A finding, and what it is about. */
    record Found(String ref, String credential, CredentialFinding finding) {}

    static boolean concerned(ClaudeJob job) {
        return job.getSpec() != null
                && job.getSpec().credentials() != null
                && job.getSpec().credentials().stream().anyMatch(c -> c.credentialRef() != null);
    }

    static JobFacts of(ClaudeJob job) {
        ClaudeJobStatus status = job.getStatus();
        List<Attempt> attempts = status == null || status.attempts() == null ? List.of() : status.attempts();
        Attempt last = attempts.isEmpty() || attempts.getLast().ended() ? null : attempts.getLast();
        State state = state(job, status, last);
        return new JobFacts(
                new Key(job.getMetadata().getNamespace(), job.getMetadata().getName()),
                job.getMetadata().getUid(),
                version(job.getMetadata().getResourceVersion()),
                Instant.parse(job.getMetadata().getCreationTimestamp()),
                attempts.isEmpty() ? 0 : attempts.getLast().number(),
                job.getSpec().credentials().stream().map(Listed::of).toList(),
                state,
                state == State.ACTIVE && last != null ? use(Objects.requireNonNull(status), last) : null,
                attempts.isEmpty() || status == null || status.resumeAt() == null || !Remedy.pauses(status.reason())
                        ? null
                        : Instant.parse(status.resumeAt()),
                status != null && status.phase() == Phase.Waiting && REFUSALS.contains(status.reason()),
                left(status),
                found(attempts));
    }

    private static Map<String, Instant> left(@Nullable ClaudeJobStatus status) {
        if (status == null || status.cooldowns() == null) {
            return Map.of();
        }
        return status.cooldowns().stream()
                .collect(Collectors.toMap(
                        Cooldown::credential,
                        c -> c.until() == null ? Instant.MAX : Instant.parse(c.until()),
                        (a, b) -> a.isAfter(b) ? a : b));
    }

    private static State state(ClaudeJob job, @Nullable ClaudeJobStatus status, @Nullable Attempt last) {
        if (status != null && status.phase() != null && status.phase().finished()) {
            return State.OVER;
        }
        if (last != null) {
            return State.ACTIVE;
        }
        boolean going = job.getMetadata().getDeletionTimestamp() != null
                || job.getSpec().cancelRequested();
        return going ? State.OVER : State.WAITING;
    }

    private static @Nullable Use use(ClaudeJobStatus status, Attempt attempt) {
        if (attempt.credentialRef() == null) {
            return null;
        }
        boolean running = status.phase() == Phase.Running && attempt.startTime() != null;
        return new Use(
                attempt.credentialRef().name(),
                Objects.requireNonNullElse(attempt.credential(), ""),
                running ? Instant.parse(Objects.requireNonNull(attempt.startTime())) : null,
                status.phase() == Phase.Waiting ? trouble(status.reason()) : null);
    }

    private static @Nullable Reason trouble(@Nullable String reason) {
        if (Reason.AuthFailed.name().equals(reason)) {
            return Reason.AuthFailed;
        }
        return Reason.CredentialMissing.name().equals(reason) ? Reason.CredentialMissing : null;
    }

    private static List<Found> found(List<Attempt> attempts) {
        List<Found> found = new ArrayList<>();
        for (Attempt a : attempts) {
            if (a.finding() != null && a.credentialRef() != null && a.credential() != null) {
                found.add(new Found(a.credentialRef().name(), a.credential(), a.finding()));
            }
        }
        return List.copyOf(found);
    }

    private static long version(@Nullable String resourceVersion) {
        try {
            return resourceVersion == null ? 0 : Long.parseLong(resourceVersion);
        } catch (NumberFormatException e) {
            // No apiserver has such versions.
            return 0;
        }
    }

    /** The names of the ClaudeCredentials that it lists. */
    Set<String> refs() {
        Set<String> refs = new LinkedHashSet<>();
        for (Listed one : listed) {
            if (one instanceof Listed.Shared shared) {
                refs.add(shared.ref());
            }
        }
        return refs;
    }

    boolean uses(String ref) {
        return use != null && use.ref().equals(ref);
    }

    /** True when it is not held up by anything but a credential. */
    boolean standsInLine(Instant now) {
        return state == State.WAITING && !refused && !resting(now);
    }

    boolean leaves(String credential, Instant now) {
        Instant until = left.getOrDefault(credential, Instant.MIN);
        return until.equals(Instant.MAX) || Waits.last(until, now);
    }

    boolean resting(Instant now) {
        return resumeAt != null && Waits.last(resumeAt, now);
    }
}
