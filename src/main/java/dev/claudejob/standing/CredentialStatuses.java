package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.pod.Credentials;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A ClaudeCredential's next status. */
public final class CredentialStatuses {
    public static final String READY = "Ready";
    public static final String STALLED = "Stalled";

    /** How long before its end a credential's end is worth a word: a login's token lives for some hours. */
    static final Duration EXPIRING = Duration.ofHours(1);

    private CredentialStatuses() {}

    public static ClaudeCredentialStatus of(ClaudeCredential credential, Standing standing, Instant now) {
        Credentials.Use use = Credentials.whatever(standing.credential());
        Verdict verdict = verdict(standing, now);
        boolean limited = standing.limited(now);
        return new ClaudeCredentialStatus(
                credential.getMetadata().getGeneration(),
                List.of(
                        condition(credential, READY, verdict.ready(), verdict, now),
                        condition(credential, STALLED, verdict.stalled(), verdict, now)),
                use.kind().jsonName(),
                standing.name(),
                Stream.of(Billing.values())
                        .filter(b -> b.name()
                                .toUpperCase(Locale.ROOT)
                                .equals(use.kind().billing().name()))
                        .findFirst()
                        .orElse(null),
                limited ? Objects.requireNonNull(standing.limitedUntil()).toString() : null,
                limited ? standing.limitType() : null,
                standing.utilization().isEmpty() ? null : standing.utilization(),
                standing.expiresAt() == null ? null : standing.expiresAt().toString(),
                standing.active(),
                standing.waiting(),
                standing.lastUsed() == null ? null : standing.lastUsed().toString(),
                standing.lastError());
    }

    /** True when both say the same but for what changes with every job. */
    public static boolean sameButForCounts(@Nullable ClaudeCredentialStatus a, ClaudeCredentialStatus b) {
        return a != null
                && Objects.equals(a.observedGeneration(), b.observedGeneration())
                && Objects.equals(a.conditions(), b.conditions())
                && Objects.equals(a.limitedUntil(), b.limitedUntil())
                && Objects.equals(a.expiresAt(), b.expiresAt())
                && Objects.equals(a.credential(), b.credential())
                && Objects.equals(a.lastError(), b.lastError());
    }

    /** When time alone changes what there is to say; empty when it does not. */
    public static Optional<Instant> nextChange(Standing standing, Instant now) {
        Instant end = standing.expiresAt();
        return Stream.concat(
                        Stream.of(
                                        Optional.ofNullable(standing.limitedUntil()),
                                        Optional.ofNullable(end).map(e -> e.minus(EXPIRING)),
                                        Optional.ofNullable(end))
                                .flatMap(Optional::stream),
                        standing.utilization().stream().map(u -> Instant.parse(u.resetTime())))
                .filter(now::isBefore)
                .min(Instant::compareTo);
    }

    /** True when nothing is known against it. */
    public static boolean ready(ClaudeCredentialStatus status) {
        return Stream.ofNullable(status.conditions())
                .flatMap(List::stream)
                .anyMatch(c -> c.type().equals(READY) && c.status() == ConditionStatus.True);
    }

    /**
     * What the conditions say.
     *
     * @param stalled whether it takes somebody to do something
     */
    private record Verdict(boolean ready, boolean stalled, String reason, String message) {}

    private static Verdict verdict(Standing standing, Instant now) {
        Standing.Trouble trouble = standing.trouble();
        if (trouble != null) {
            // A Secret that is not there yet is most likely on its way.
            boolean missing = trouble.reason() == Reason.CredentialMissing;
            String reason = switch (trouble.reason()) {
                case CredentialMissing -> "Missing";
                case CredentialExpired -> "Expired";
                default -> trouble.reason().name();
            };
            return new Verdict(false, !missing, reason, trouble.message());
        }
        if (standing.limited(now)) {
            String type = standing.limitType() == null ? "" : standing.limitType() + " ";
            return new Verdict(
                    false,
                    false,
                    "UsageLimited",
                    "The " + type + "usage limit is reached. It resets at " + standing.limitedUntil()
                            + ", and jobs wait until then.");
        }
        Instant end = standing.expiresAt();
        if (end != null && !now.isBefore(end.minus(EXPIRING))) {
            return new Verdict(
                    true,
                    false,
                    "Expiring",
                    "The credential " + standing.name() + " says that it ends at " + end
                            + ". Put a fresh one into the Secret.");
        }
        return standing.lastUsed() == null
                ? new Verdict(true, false, "Unverified", "No job has used it yet.")
                : new Verdict(true, false, "Valid", "The API takes it.");
    }

    /** A condition keeps the time of its last change of status. */
    private static Condition condition(
            ClaudeCredential credential, String type, boolean holds, Verdict verdict, Instant now) {
        ConditionStatus status = holds ? ConditionStatus.True : ConditionStatus.False;
        Optional<Condition> before = Optional.ofNullable(credential.getStatus())
                .map(ClaudeCredentialStatus::conditions)
                .flatMap(all -> all.stream().filter(c -> c.type().equals(type)).findFirst());
        return new Condition(
                type,
                status,
                verdict.reason(),
                verdict.message(),
                before.filter(c -> c.status() == status)
                        .map(Condition::lastTransitionTime)
                        .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString()),
                credential.getMetadata().getGeneration());
    }
}
