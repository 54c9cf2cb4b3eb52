package dev.claudejob.summary;

import dev.claudejob.summary.Json.MalformedJsonException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The whole result, as the last line of the helper's log carries it after {@link Summary#LOG_PREFIX}.
 *
 * @param text the whole redacted result text; absent when the run left none
 * @param structured the structured output, a JSON value as {@link Json} reads it
 */
public record FullResult(@Nullable String text, @Nullable Object structured) {
    /** Longest text that is written, in UTF-8 bytes inside a JSON string. */
    public static final int MAX_TEXT_BYTES = 512 * 1024;

    /** The line for the log, without its line end. */
    public String toLine() {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("v", Summary.VERSION);
        if (text != null) {
            line.put("text", Json.prefix(text, MAX_TEXT_BYTES));
        }
        if (structured != null) {
            line.put("structured", structured);
        }
        return Summary.LOG_PREFIX + Json.write(line);
    }

    /** Finds the last result line in a log; empty when there is none that can be read whole. */
    public static Optional<FullResult> find(String log) {
        int start = log.lastIndexOf("\n" + Summary.LOG_PREFIX) + 1;
        if (!log.startsWith(Summary.LOG_PREFIX, start)) {
            return Optional.empty();
        }
        int end = log.indexOf('\n', start);
        try {
            Fields line = Fields.of(
                    Json.parse(log.substring(start + Summary.LOG_PREFIX.length(), end < 0 ? log.length() : end)));
            return line.value("v") instanceof BigDecimal version
                            && version.compareTo(BigDecimal.valueOf(Summary.VERSION)) == 0
                    ? Optional.of(new FullResult(line.string("text"), line.value("structured")))
                    : Optional.empty();
        } catch (MalformedJsonException e) {
            return Optional.empty();
        }
    }
}
