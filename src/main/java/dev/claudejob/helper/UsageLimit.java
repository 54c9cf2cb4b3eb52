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
    private static final String UTILIZATION = "-utilization";
    private static final int MAX_WINDOWS = 4;

    /** As Claude Code 2.1.330 calls them in its events, and the API in its representative-claim. */
    private static final Map<String, String> TYPES = Map.of("5h", "five_hour", "7d", "seven_day");

    private UsageLimit() {}

    /** The limit that an answer tells of; none when it is no 429 or a plain rate limit. */
    static Optional<Limit> of(Upstream.Response answer, Instant now) {
        String status = answer.header(PREFIX + "status");
        String reset = answer.header(PREFIX + "reset");
        boolean known = reset != null && reset.matches("[0-9]{1,15}");
        if (answer.status() != 429 || !(status == null ? known : status.equals(REJECTED))) {
            return Optional.empty();
        }
        long resetsAt = !known
                ? now.plus(UNKNOWN_WAIT).getEpochSecond()
                : Math.clamp(
                        Long.parseLong(reset),
                        now.getEpochSecond(),
                        now.plus(MAX_WAIT).getEpochSecond());
        return Optional.of(new Limit(resetsAt, answer.header(PREFIX + "representative-claim"), REJECTED));
    }

    /** How far each limit is used up, as any answer may tell; none where it does not, or says nothing of the limit's reset. */
    static List<Window> windows(Upstream.Response answer, Instant now) {
        List<Window> windows = new ArrayList<>();
        for (String header : answer.headers().keySet()) {
            if (!header.startsWith(PREFIX) || !header.endsWith(UTILIZATION) || windows.size() == MAX_WINDOWS) {
                continue;
            }
            String claim = header.substring(
                    Math.min(PREFIX.length(), header.length() - UTILIZATION.length()),
                    header.length() - UTILIZATION.length());
            String used = answer.header(header);
            String reset = answer.header(PREFIX + claim + "-reset");
            if (claim.matches("[a-z0-9_]{1,24}")
                    && used != null
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
