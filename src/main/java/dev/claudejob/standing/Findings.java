package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.api.v1alpha1.CredentialError;
import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialVerdict;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The newest things that are known of a credential. Two of them merge into one whatever their order, and the same twice changes nothing: so
 * they can be gathered again from statuses by an operator that has just started.
 *
 * @param accepted when the API is last known to have taken it
 * @param error when it last did not
 * @param limitedUntil the latest end of a usage limit
 * @param limitType of that limit
 */
public record Findings(
        @Nullable Instant accepted,
        @Nullable CredentialError error,
        @Nullable Instant limitedUntil,
        @Nullable String limitType) {
    public static final Findings NONE = new Findings(null, null, null, null);

    /** What an earlier look has put on record. */
    static Findings of(ClaudeCredentialStatus status) {
        return new Findings(
                status.lastUsedTime() == null ? null : Instant.parse(status.lastUsedTime()),
                status.lastError(),
                status.limitedUntil() == null ? null : Instant.parse(status.limitedUntil()),
                status.limitType());
    }

    /** What an attempt of a job found out. */
    static Findings of(CredentialFinding finding, String job) {
        Instant time = Instant.parse(finding.time());
        return switch (finding.verdict()) {
            case Accepted -> accepted(time);
            case UsageLimited ->
                // Whoever is told of a limit was let in.
                new Findings(
                        time,
                        error(finding, "the usage limit is reached", job),
                        finding.limitedUntil() == null ? null : Instant.parse(finding.limitedUntil()),
                        finding.limitType());
            case AuthFailed ->
                new Findings(null, error(finding, "the API refused the credential (HTTP 401)", job), null, null);
            case BillingProblem ->
                new Findings(null, error(finding, "the API asked for a payment (HTTP 402)", job), null, null);
        };
    }

    static Findings accepted(Instant when) {
        return new Findings(when, null, null, null);
    }

    private static CredentialError error(CredentialFinding finding, String what, String job) {
        return new CredentialError(finding.time(), finding.verdict().name(), "ClaudeJob " + job + ": " + what + ".");
    }

    Findings and(Findings other) {
        boolean otherLimit = later(other.limitedUntil, limitedUntil);
        return new Findings(
                later(other.accepted, accepted) ? other.accepted : accepted,
                later(time(other.error), time(error)) ? other.error : error,
                otherLimit ? other.limitedUntil : limitedUntil,
                otherLimit ? other.limitType : limitType);
    }

    /** Without what was found out before then. */
    Findings since(Instant start) {
        return new Findings(
                accepted != null && accepted.isBefore(start) ? null : accepted,
                error != null && Instant.parse(error.time()).isBefore(start) ? null : error,
                limitedUntil != null && limitedUntil.isBefore(start) ? null : limitedUntil,
                limitType);
    }

    /** The error, if the credential was not taken again since and waiting alone does not cure it. */
    @Nullable
    CredentialError unhealed() {
        boolean lasting = error != null && !error.reason().equals(CredentialVerdict.UsageLimited.name());
        return lasting && !later(accepted, time(error)) ? error : null;
    }

    private static @Nullable Instant time(@Nullable CredentialError error) {
        return error == null ? null : Instant.parse(error.time());
    }

    private static boolean later(@Nullable Instant a, @Nullable Instant b) {
        return a != null && (b == null || a.isAfter(b));
    }
}
