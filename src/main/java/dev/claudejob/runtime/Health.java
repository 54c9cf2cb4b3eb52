package dev.claudejob.runtime;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a restart is due. An informer that has lost its watch finds back by itself when the apiserver does, and an operator that is restarted
 * meanwhile only ends again: so one is due when informers have been without a watch for long.
 */
final class Health {
    /** Longer than an apiserver takes to be upgraded or restored. */
    static final Duration PATIENCE = Duration.ofMinutes(10);

    private final BooleanSupplier watching;
    private final InstantSource clock;
    private @Nullable Instant lost;

    /** @param watching whether all informers have a watch */
    Health(BooleanSupplier watching, InstantSource clock) {
        this.watching = watching;
        this.clock = clock;
    }

    /** To be asked every few seconds. */
    synchronized boolean good() {
        if (watching.getAsBoolean()) {
            lost = null;
            return true;
        }
        if (lost == null) {
            lost = clock.instant();
        }
        return clock.instant().isBefore(lost.plus(PATIENCE));
    }
}
