package dev.claudejob.helper;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes lines of bytes that arrive in pieces. A line past the limit is trimmed, or where that does not help dropped, and counted. */
final class Lines {
    private final int maxBytes;
    private final Consumer<String> each;
    private ByteArrayOutputStream line = new ByteArrayOutputStream();
    private @Nullable EventTrimmer trimmer;
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
            } else if (trimmer != null) {
                trimmer.add(b);
            } else {
                line.write(b);
                if (line.size() > maxBytes) {
                    trimmer = new EventTrimmer(maxBytes);
                    for (byte early : line.toByteArray()) {
                        trimmer.add(early);
                    }
                    forget();
                }
            }
        }
    }

    /** Takes what came since the last line end for a line: no more will come. */
    void end() {
        if (trimmer != null) {
            String text = trimmer.event();
            trimmer = null;
            if (text == null) {
                dropped++;
            } else {
                each.accept(text);
            }
        } else if (line.size() > 0) {
            String text = line.toString(StandardCharsets.UTF_8);
            forget();
            each.accept(text);
        }
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
