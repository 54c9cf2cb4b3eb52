package dev.claudejob.helper;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Counts how much time goes by, whoever sets the node's clock meanwhile. */
final class SteadyClock implements InstantSource {
    private final Instant start;
    private final long begin;
    private final LongSupplier nanos;

    SteadyClock() {
        this(InstantSource.system(), System::nanoTime);
    }

    SteadyClock(InstantSource wall, LongSupplier nanos) {
        this.start = wall.instant();
        this.begin = nanos.getAsLong();
        this.nanos = nanos;
    }

    @Override
    public Instant instant() {
        return start.plusNanos(nanos.getAsLong() - begin);
    }
}
