package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a job's next attempt begins with. */
sealed interface Choice {
    /**
     * These credentials.
     *
     * @param positions in spec.credentials, the one to begin with first
     */
    record Take(List<Integer> positions) implements Choice {}

    /**
     * None for now. No attempt is spent.
     *
     * @param until when it goes on by itself; null when nobody knows
     */
    record Wait(Reason reason, String message, @Nullable Instant until) implements Choice {}

    /** None, ever. */
    record None(Outcome outcome) implements Choice {}

    /** Nothing can be said yet: look again in a moment. */
    record Unknown() implements Choice {}
}
