package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.claude.Remedy;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.standing.Spread;
import dev.claudejob.standing.Waits;
import dev.claudejob.status.Statuses;
import dev.claudejob.summary.Summary;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Which credentials a job leaves alone, and for how long. */
final class Cooldowns {
    /** When nobody says when a usage limit resets. */
    static final Duration UNKNOWN_RESET = Duration.ofMinutes(15);

    /** When a limit is said to have reset already and yet was met; doubled each time that this happens again. */
    static final Duration STALE_RESET = Duration.ofMinutes(1);

    /** A status holds no more, and a job lists no more credentials. */
    private static final int MAX = 8;

    private Cooldowns() {}

    /** Positions in spec.credentials that may be used now, in the job's order of preference. */
    static List<Integer> usable(View view) {
        return usable(view, inForce(view));
    }

    static List<Integer> usable(View view, List<Cooldown> cooldowns) {
        List<Credential> all = view.spec().credentials();
        return IntStream.range(0, all.size())
                .filter(i -> !all.get(i).unresolved())
                .filter(i -> of(view, i, cooldowns) == null)
                .boxed()
                .toList();
    }

    /** Why the credential at this position is left alone; null when it is not. */
    static @Nullable Cooldown of(View view, int position, List<Cooldown> cooldowns) {
        String name =
                Credentials.whatever(view.spec().credentials().get(position)).name();
        return cooldowns.stream()
                .filter(c -> c.credential().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Those that are not over. */
    static List<Cooldown> inForce(View view) {
        ClaudeJobStatus status = view.status();
        return status == null || status.cooldowns() == null
                ? List.of()
                : status.cooldowns().stream()
                        .filter(c -> cooling(c, view.now()))
                        .toList();
    }

    /**
     * True when the job now leaves credentials that it had not left before. So many attempts are for nothing, and no more: an agent that tells of
     * limits could else be started without end.
     *
     * @param after what it leaves by now
     */
    static boolean leavesAnother(View view, List<Cooldown> after) {
        List<String> before = inForce(view).stream().map(Cooldown::credential).toList();
        List<String> left = after.stream()
                .map(Cooldown::credential)
                .filter(c -> !before.contains(c))
                .toList();
        return !left.isEmpty()
                && attempts(view.status()).stream()
                        .filter(a ->
                                a.reason() != null && Remedy.of(Reason.valueOf(a.reason())) == Remedy.OTHER_CREDENTIAL)
                        .map(Attempt::credential)
                        .noneMatch(left::contains);
    }

    /** When the first usage limit among them has reset. Nothing else passes by itself. */
    static Optional<Instant> firstReset(List<Cooldown> cooldowns) {
        return cooldowns.stream()
                .filter(c -> c.reason().equals(Reason.UsageLimit.name()))
                .map(Cooldown::until)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .min(Instant::compareTo);
    }

    /** Those still in force after an attempt that ended like this. What the helper measured counts for more than how the agent ended. */
    static List<Cooldown> after(View view, Attempt attempt, PodView pod, Outcome outcome) {
        Map<String, Cooldown> found = new LinkedHashMap<>();
        for (Summary.Cooling c : pod.summary().cooling()) {
            name(view, attempt, pod, c.credential())
                    .ifPresent(
                            name -> put(found, name, until(view, c), c.trouble().reason()));
        }
        if (found.isEmpty()) {
            byItsEnd(view, attempt, pod, outcome).ifPresent(c -> found.put(c.credential(), c));
        }
        Map<String, Cooldown> cooldowns = new LinkedHashMap<>();
        inForce(view).forEach(c -> cooldowns.put(c.credential(), c));
        cooldowns.keySet().removeAll(found.keySet());
        cooldowns.putAll(found);
        return bounded(view, cooldowns);
    }

    /** The oldest of those that the job does not list by now are forgotten, should there be more than a status holds. */
    private static List<Cooldown> bounded(View view, Map<String, Cooldown> cooldowns) {
        List<String> listed = Credentials.named(view.spec()).stream()
                .flatMap(Optional::stream)
                .map(Credentials.Use::name)
                .toList();
        List<String> unlisted =
                cooldowns.keySet().stream().filter(c -> !listed.contains(c)).toList();
        unlisted.stream().limit(Math.max(0, cooldowns.size() - MAX)).forEach(cooldowns::remove);
        return List.copyOf(cooldowns.values());
    }

    /** @param index in the helper's list; empty when somebody has written over the Pod's own */
    private static Optional<String> name(View view, Attempt attempt, PodView pod, int index) {
        if (attempt.credentialRef() != null) {
            // It is alone in its Pod, and may be another one by now.
            return Optional.ofNullable(attempt.credential());
        }
        return pod.position(index)
                .flatMap(at -> Credentials.named(view.spec(), at))
                .map(Credentials.Use::name);
    }

    private static Optional<Cooldown> byItsEnd(View view, Attempt attempt, PodView pod, Outcome outcome) {
        String used = Statuses.lastUsed(view, attempt, pod);
        String reason = outcome.reason().name();
        Summary.Limit limit = pod.summary().limit();
        return switch (outcome.reason()) {
            case UsageLimit ->
                Optional.of(new Cooldown(
                        used,
                        reason,
                        Statuses.time(reset(view, limit == null ? null : Long.valueOf(limit.resetsAt())))));
            case AuthFailed, CredentialMissing, CredentialExpired, BillingProblem ->
                Optional.of(new Cooldown(used, reason, null));
            default -> Optional.empty();
        };
    }

    /** Null: not again. A credential that was refused or not paid for costs an attempt each time that it is tried. */
    private static @Nullable Instant until(View view, Summary.Cooling cooling) {
        return switch (cooling.trouble()) {
            case USAGE_LIMIT -> reset(view, cooling.until());
            case MISSING -> view.now().plus(UNKNOWN_RESET);
            case AUTH_FAILED, BILLING -> null;
        };
    }

    private static void put(
            Map<String, Cooldown> cooldowns, String credential, @Nullable Instant until, String reason) {
        cooldowns.put(credential, new Cooldown(credential, reason, until == null ? null : Statuses.time(until)));
    }

    private static boolean cooling(Cooldown c, Instant now) {
        return c.until() == null || Waits.last(Instant.parse(c.until()), now);
    }

    /** When the job uses it again. Jobs that met the same limit don't come back together. */
    private static Instant reset(View view, @Nullable Long resetsAt) {
        Instant reset = resetItself(view, resetsAt);
        int attempt = view.recordedAttempt().map(Attempt::number).orElse(0);
        long spread = Spread.of(view.job().getMetadata().getUid(), attempt);
        long wait = Duration.between(view.now(), reset).toSeconds();
        return reset.plusSeconds(1 + Math.min(spread, wait / 10));
    }

    private static Instant resetItself(View view, @Nullable Long resetsAt) {
        Instant now = view.now();
        if (resetsAt == null) {
            return now.plus(UNKNOWN_RESET);
        }
        Instant resets = Instant.ofEpochSecond(resetsAt);
        if (!resets.isAfter(now)) {
            return now.plus(STALE_RESET.multipliedBy(1L << Math.min(4, limitsInARow(view.status()))));
        }
        Instant latest = now.plus(Waits.LONGEST_LIMIT);
        return resets.isAfter(latest) ? latest : resets;
    }

    private static int limitsInARow(@Nullable ClaudeJobStatus status) {
        List<Attempt> attempts = attempts(status);
        int n = 0;
        // The last one is the attempt that just ended, and has no reason on record yet.
        for (int i = attempts.size() - 2;
                i >= 0 && Reason.UsageLimit.name().equals(attempts.get(i).reason());
                i--) {
            n++;
        }
        return n;
    }

    private static List<Attempt> attempts(@Nullable ClaudeJobStatus status) {
        return status == null || status.attempts() == null ? List.of() : status.attempts();
    }
}
