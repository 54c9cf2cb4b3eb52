package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.api.v1alpha1.CredentialError;
import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialVerdict;
import dev.claudejob.api.v1alpha1.Utilization;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The newest things that are known of a credential. Two of them merge into one whatever their order, and the same twice changes nothing: so
 * they can be gathered again from statuses by an operator that has just started.
 *
 * @param accepted when the API is last known to have taken it
 * @param error when it last did not
 * @param limit the one that ends last
 * @param end what it said last of its own end
 * @param utilization how far its limits are used up, the fullest first
 */
public record Findings(
        @Nullable Instant accepted,
        @Nullable CredentialError error,
        @Nullable Limit limit,
        @Nullable End end,
        List<Utilization> utilization) {
    public static final Findings NONE = new Findings(null, null, null, null, List.of());

    private static final int MAX_LIMITS = 8;

    private static final Comparator<Utilization> FULLEST_FIRST =
            Comparator.comparingInt(Utilization::percent).reversed().thenComparing(Utilization::limitType);

    public Findings {
        utilization = List.copyOf(utilization);
    }

    /**
     * A usage limit.
     *
     * @param seen when a job met it
     */
    public record Limit(Instant until, @Nullable String type, Instant seen) {
        private static @Nullable Limit of(@Nullable String until, @Nullable String type, Instant seen) {
            return until == null ? null : new Limit(Instant.parse(until), type, seen);
        }
    }

    /**
     * What a credential says of its own end.
     *
     * @param seen when a job read it
     */
    public record End(Instant at, Instant seen) {
        private static @Nullable End of(@Nullable String at, Instant seen) {
            return at == null ? null : new End(Instant.parse(at), seen);
        }
    }

    /** @param made when the ClaudeCredential was made: nothing in its status is older */
    static Findings of(ClaudeCredentialStatus status, Instant made) {
        Instant used = status.lastUsedTime() == null ? null : Instant.parse(status.lastUsedTime());
        Instant failed = time(status.lastError());
        Instant seen = Stream.of(made, Objects.requireNonNullElse(used, made), Objects.requireNonNullElse(failed, made))
                .max(Comparator.naturalOrder())
                .orElseThrow();
        return new Findings(
                used,
                status.lastError(),
                Limit.of(status.limitedUntil(), status.limitType(), seen),
                End.of(status.expiresAt(), seen),
                Objects.requireNonNullElse(status.utilization(), List.of()));
    }

    /** What an attempt of a job found out. */
    static Findings of(CredentialFinding finding, String job) {
        Instant time = Instant.parse(finding.time());
        Instant ends = finding.expiresAt() == null ? null : Instant.parse(finding.expiresAt());
        boolean ended = ends != null && !ends.isAfter(time);
        // What has ended since was taken before.
        Instant taken = ended ? ends : time;
        CredentialError error = switch (finding.verdict()) {
            case Accepted -> null;
            case UsageLimited -> error(finding, "the usage limit is reached", job);
            case AuthFailed ->
                error(
                        finding,
                        ended ? "the credential has expired at " + ends : "the API refused the credential (HTTP 401)",
                        job);
            case BillingProblem -> error(finding, "the API said that the account can't pay", job);
        };
        // Whoever is told of a limit was let in.
        boolean letIn =
                finding.verdict() == CredentialVerdict.Accepted || finding.verdict() == CredentialVerdict.UsageLimited;
        return new Findings(
                letIn ? taken : null,
                error,
                Limit.of(finding.limitedUntil(), finding.limitType(), time),
                End.of(finding.expiresAt(), time),
                Objects.requireNonNullElse(finding.utilization(), List.of()));
    }

    static Findings accepted(Instant when) {
        return new Findings(when, null, null, null, List.of());
    }

    private static CredentialError error(CredentialFinding finding, String what, String job) {
        return new CredentialError(finding.time(), finding.verdict().name(), "ClaudeJob " + job + ": " + what + ".");
    }

    Findings and(Findings other) {
        return new Findings(
                later(other.accepted, accepted) ? other.accepted : accepted,
                later(time(other.error), time(error)) ? other.error : error,
                later(other.limitedUntil(), limitedUntil()) ? other.limit : limit,
                later(other.end == null ? null : other.end.seen, end == null ? null : end.seen) ? other.end : end,
                newest(utilization, other.utilization));
    }

    /** Of each limit what was seen last. */
    private static List<Utilization> newest(List<Utilization> some, List<Utilization> others) {
        Map<String, Utilization> newest = Stream.concat(some.stream(), others.stream())
                .collect(Collectors.toMap(
                        Utilization::limitType,
                        u -> u,
                        (a, b) -> Instant.parse(b.time()).isAfter(Instant.parse(a.time())) ? b : a,
                        TreeMap::new));
        return newest.values().stream().sorted(FULLEST_FIRST).toList();
    }

    /** Without what was found out before then. */
    Findings since(Instant start) {
        return new Findings(
                accepted != null && accepted.isBefore(start) ? null : accepted,
                error != null && Instant.parse(error.time()).isBefore(start) ? null : error,
                limit != null && limit.seen.isBefore(start) ? null : limit,
                end != null && end.seen.isBefore(start) ? null : end,
                utilization.stream()
                        .filter(u -> !Instant.parse(u.time()).isBefore(start))
                        .toList());
    }

    @Nullable
    Instant limitedUntil() {
        return limit == null ? null : limit.until;
    }

    @Nullable
    String limitType() {
        return limit == null ? null : limit.type;
    }

    /** When it ends; null when it does not say, or was taken after that: then it was replaced. */
    @Nullable
    Instant expiresAt() {
        return end == null || later(accepted, end.at) ? null : end.at;
    }

    /** How far the limits are used up that have not reset. */
    List<Utilization> utilization(Instant now) {
        return utilization.stream()
                .filter(u -> now.isBefore(Instant.parse(u.resetTime())))
                .limit(MAX_LIMITS)
                .toList();
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
