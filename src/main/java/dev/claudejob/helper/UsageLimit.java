package dev.claudejob.helper;

import dev.claudejob.summary.Summary.Limit;
import dev.claudejob.summary.Summary.Window;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a subscription's usage limits from an answer's headers, {@code anthropic-ratelimit-unified-*}. The agent's event stream
 * tells of limits too, but the agent can forge it, and a limit stops other jobs of the same credential.
 */
final class UsageLimit {
    /** The longest window is a week; a later reset is a mistake or a lie. */
    static final Duration MAX_WAIT = Duration.ofDays(8);

    /** When the API does not say when it resets. */
    static final Duration UNKNOWN_WAIT = Duration.ofMinutes(15);

    private static final String PREFIX = "anthropic-ratelimit-unified-";
    private static final String REJECTED = "rejected";
    private static final Pattern UTILIZATION = Pattern.compile(PREFIX + "([a-z0-9_]{1,24})-utilization");
    private static final int MAX_WINDOWS = 4;

    /** As Claude Code 2.1.330 calls them in its events, and the API in its representative-claim. */
    private static final Map<String, String> TYPES = Map.of("5h", "five_hour", "7d", "seven_day");

    private UsageLimit() {}

    /** The limit that an answer tells of; none when it is no 429, a plain rate limit, or one model's limit: another model may be used then. */
    static Optional<Limit> of(Upstream.Response answer, Instant now) {
        String claim = answer.header(PREFIX + "representative-claim");
        if (claim != null && !TYPES.containsValue(claim)) {
            return Optional.empty();
        }
        String status = answer.header(PREFIX + "status");
        String reset = answer.header(PREFIX + "reset");
        boolean known = reset != null && reset.matches("[0-9]{1,15}");
        if (answer.status() != 429 || !(status == null ? known : status.equals(REJECTED))) {
            return Optional.empty();
        }
        long resetsAt = known ? Long.parseLong(reset) : now.plus(UNKNOWN_WAIT).getEpochSecond();
        return Optional.of(new Limit(bounded(resetsAt, now), claim, REJECTED));
    }

    /** The limit that an account's owner set, and that an error tells of. */
    static Optional<Limit> of(Kept error, Instant now) {
        return error.regainsAccess().map(at -> new Limit(bounded(at.getEpochSecond(), now), null, REJECTED));
    }

    private static long bounded(long resetsAt, Instant now) {
        return Math.clamp(resetsAt, now.getEpochSecond(), now.plus(MAX_WAIT).getEpochSecond());
    }

    /** How far each limit is used up, as any answer may tell; none where it does not, or says nothing of the limit's reset. */
    static List<Window> windows(Upstream.Response answer, Instant now) {
        List<Window> windows = new ArrayList<>();
        for (String header : answer.headers().keySet()) {
            Matcher utilization = UTILIZATION.matcher(header);
            if (windows.size() == MAX_WINDOWS || !utilization.matches()) {
                continue;
            }
            String claim = utilization.group(1);
            String used = answer.header(header);
            String reset = answer.header(PREFIX + claim + "-reset");
            if (used != null
                    && used.matches("[0-9](\\.[0-9]{1,20})?")
                    && reset != null
                    && reset.matches("[0-9]{1,11}")) {
                windows.add(new Window(
                        TYPES.getOrDefault(claim, claim),
                        // Not rounded up: 100 is for what is used up.
                        new BigDecimal(used).movePointRight(2).intValue(),
                        Long.parseLong(reset),
                        now.getEpochSecond()));
            }
        }
        return windows;
    }
}
