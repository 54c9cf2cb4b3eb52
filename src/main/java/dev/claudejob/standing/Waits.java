package dev.claudejob.standing;

import java.time.Duration;
import java.time.Instant;

/** What is on record of when something goes on. A clock that was set back would make a wait longer than any that was ever meant. */
public final class Waits {
    /** The vendor's longest limit lasts seven days: what says later is not believed. */
    public static final Duration LONGEST_LIMIT = Duration.ofDays(8);

    /** No wait is longer, the spread included. */
    private static final Duration LONGEST = LONGEST_LIMIT.plusMinutes(2);

    private Waits() {}

    /** True while it is not over. */
    public static boolean last(Instant until, Instant now) {
        return now.isBefore(until) && until.isBefore(now.plus(LONGEST));
    }
}
