package dev.claudejob.helper;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The helper's standard output: the transcript and its own words, line by line, redacted. Thread-safe. */
final class Log {
    private final PrintStream out;
    private final Redactor redactor;

    /** @param out where lines go; written in UTF-8 whatever its own encoding is */
    Log(PrintStream out, Redactor redactor) {
        this.out = out;
        this.redactor = redactor;
    }

    /** The helper's own words. */
    void say(String words) {
        lines(List.of("helper: " + words));
    }

    void lines(List<String> lines) {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(redactor.redact(line)).append('\n'));
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        synchronized (this) {
            out.write(bytes, 0, bytes.length);
            out.flush();
        }
    }
}
