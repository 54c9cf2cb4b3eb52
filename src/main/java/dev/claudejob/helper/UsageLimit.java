package dev.claudejob.helper;

import dev.claudejob.summary.Summary.Limit;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Reads a subscription's usage limit from an answer's headers, {@code anthropic-ratelimit-unified-*}. The agent's event stream
 * tells of limits too, but the agent can forge it, and a limit stops other jobs of the same credential.
 */
final class UsageLimit {
    /** The longest window is a week; a later reset is a mistake or a lie. */
    static final Duration MAX_WAIT = Duration.ofDays(8);

    /** When the API does not say when it resets. */
    static final Duration UNKNOWN_WAIT = Duration.ofMinutes(15);

    private static final String PREFIX = "anthropic-ratelimit-unified-";
    private static final String REJECTED = "rejected";

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
}
