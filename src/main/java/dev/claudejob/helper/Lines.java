package dev.claudejob.helper;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Makes lines of bytes that arrive in pieces. A line past the limit is dropped as a whole, and counted. */
final class Lines {
    private final int maxBytes;
    private final Consumer<String> each;
    private ByteArrayOutputStream line = new ByteArrayOutputStream();
    private boolean dropping;
    private long dropped;

    Lines(int maxBytes, Consumer<String> each) {
        this.maxBytes = maxBytes;
        this.each = each;
    }

    void add(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            if (b == '\n') {
                end();
            } else if (!dropping) {
                line.write(b);
                if (line.size() > maxBytes) {
                    dropping = true;
                    dropped++;
                    forget();
                }
            }
        }
    }

    /** Takes what came since the last line end for a line: no more will come. */
    void end() {
        if (!dropping && line.size() > 0) {
            String text = line.toString(StandardCharsets.UTF_8);
            forget();
            each.accept(text);
        }
        dropping = false;
        forget();
    }

    /** How many lines were too long. */
    long dropped() {
        return dropped;
    }

    private void forget() {
        // A big buffer would stay for the rest of the run.
        if (line.size() > 64 * 1024) {
            line = new ByteArrayOutputStream();
        } else {
            line.reset();
        }
    }
}
