package dev.claudejob.helper;

import java.util.concurrent.Semaphore;

/**
 * How many bytes of requests may be kept at once, in one place. Whoever finds no room is refused and does not wait: those who have some may wait
 * for more themselves. Thread-safe.
 */
final class Room {
    private final int piece;
    private final Semaphore free;

    /**
     * @param piece in how many bytes room is given out
     * @param bytes how many there are
     */
    Room(int piece, long bytes) {
        this.piece = piece;
        this.free = new Semaphore((int) (bytes / piece));
    }

    Share share() {
        return new Share();
    }

    /** What one request takes. Not thread-safe. */
    final class Share implements AutoCloseable {
        private int pieces;

        private Share() {}

        /** Grows the share to so many bytes; false when there is no room for them. */
        boolean grow(long bytes) {
            int more = (int) ((bytes + piece - 1) / piece) - pieces;
            if (more > 0) {
                if (!free.tryAcquire(more)) {
                    return false;
                }
                pieces += more;
            }
            return true;
        }

        @Override
        public void close() {
            free.release(pieces);
            pieces = 0;
        }
    }
}
