package dev.claudejob.faults;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Brings each event of a watch twice: the second time after the next one, or once none has come for a while, so that an old one is not the last word. */
final class Repeats {
    /** Writes an event to whoever watches. */
    interface Out {
        void write(String event) throws IOException;
    }

    private final Out out;
    private @Nullable String once;
    private int count;

    Repeats(Out out) {
        this.out = out;
    }

    /** The next event. Returns its number. */
    synchronized int bring(String event) throws IOException {
        out.write(event);
        if (once != null) {
            out.write(once);
        }
        once = event;
        return ++count;
    }

    /** No other has come since the one of this number, for a while. */
    synchronized void quietSince(int number) throws IOException {
        if (number == count && once != null) {
            out.write(once);
            once = null;
        }
    }
}
