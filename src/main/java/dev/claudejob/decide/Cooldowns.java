package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
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

    /** The vendor's longest limit lasts seven days: what says later is not believed. */
    static final Duration LONGEST = Duration.ofDays(8);

    /** When a limit is said to have reset already and yet was met; doubled each time that this happens again. */
    static final Duration STALE_RESET = Duration.ofMinutes(1);

    private Cooldowns() {}

    /** Positions in spec.credentials that may be used now, in the job's order of preference. */
    static List<Integer> usable(View view) {
        return usable(view, of(view.status()));
    }

    static List<Integer> usable(View view, List<Cooldown> cooldowns) {
        List<Credential> all = view.spec().credentials();
        return IntStream.range(0, all.size())
                .filter(i -> !all.get(i).unresolved())
                .filter(i -> {
                    String name = Credentials.whatever(all.get(i)).name();
                    return cooldowns.stream().noneMatch(c -> c.credential().equals(name) && cooling(c, view.now()));
                })
                .boxed()
                .toList();
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
        Map<String, Cooldown> cooldowns = new LinkedHashMap<>();
        for (Cooldown c : of(view.status())) {
            if (cooling(c, view.now())) {
                cooldowns.put(c.credential(), c);
            }
        }
        Summary summary = pod.summary();
        List<Optional<Credentials.Use>> all = Credentials.named(view.spec());
        List<Integer> positions = pod.credentials();
        for (Summary.Cooling c : summary.cooling()) {
            int at = c.credential() < positions.size() ? positions.get(c.credential()) : -1;
            if (at >= 0 && at < all.size()) {
                all.get(at)
                        .ifPresent(use -> put(
                                cooldowns,
                                use.name(),
                                until(view, c),
                                c.trouble().reason()));
            }
        }
        if (summary.cooling().isEmpty()) {
            byItsEnd(view, attempt, pod, outcome).ifPresent(c -> cooldowns.put(c.credential(), c));
        }
        return List.copyOf(cooldowns.values());
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
        return c.until() == null || now.isBefore(Instant.parse(c.until()));
    }

    private static Instant reset(View view, @Nullable Long resetsAt) {
        Instant now = view.now();
        if (resetsAt == null) {
            return now.plus(UNKNOWN_RESET);
        }
        Instant resets = Instant.ofEpochSecond(resetsAt);
        if (!resets.isAfter(now)) {
            return now.plus(STALE_RESET.multipliedBy(1L << Math.min(4, limitsInARow(view.status()))));
        }
        Instant latest = now.plus(LONGEST);
        return resets.isAfter(latest) ? latest : resets;
    }

    private static int limitsInARow(@Nullable ClaudeJobStatus status) {
        List<Attempt> attempts = status == null || status.attempts() == null ? List.of() : status.attempts();
        int n = 0;
        // The last one is the attempt that just ended, and has no reason on record yet.
        for (int i = attempts.size() - 2;
                i >= 0 && Reason.UsageLimit.name().equals(attempts.get(i).reason());
                i--) {
            n++;
        }
        return n;
    }

    private static List<Cooldown> of(@Nullable ClaudeJobStatus status) {
        return status == null || status.cooldowns() == null ? List.of() : status.cooldowns();
    }
}
