package dev.claudejob.claude;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.Summary.Model;
import dev.claudejob.summary.Summary.Usage;
import dev.claudejob.summary.SummaryBuilder;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The event that ends a run: the last line of Claude Code's stream-json output. Field names as Claude Code 2.1.330 writes them;
 * any of them may be missing or of a wrong type, because the agent can write this file too.
 */
public final class ResultEvent {
    /** Where the helper says of an event's values that are not whole how many bytes they were. */
    public static final String CUT = "claudejob_cut";

    // More than the summary ever keeps: enough to keep a hostile event from costing memory.
    private static final int MAX_ERRORS_CHARS = 2000;
    private static final int MAX_MAP_ENTRIES = 16;

    private final Fields event;

    private ResultEvent(Fields event) {
        this.event = event;
    }

    /** Whether the event ends a run. */
    public static boolean is(Fields event) {
        return "result".equals(event.string("type"));
    }

    /** An event for which {@link #is} holds. */
    public static ResultEvent of(Fields event) {
        return new ResultEvent(event);
    }

    /** The result text; null when the run was aborted or hit a limit. */
    public @Nullable String text() {
        return event.string("result");
    }

    /** The structured output, a JSON value; null when there is none. */
    public @Nullable Object structured() {
        return event.value("structured_output");
    }

    /** A summary with all that the event says. */
    public SummaryBuilder summary() {
        String text = text();
        byte[] utf8 = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
        Long whole = event.object(CUT).count("result");
        return new SummaryBuilder(Event.RESULT)
                .subtype(event.string("subtype"))
                .isError(event.bool("is_error"))
                .terminalReason(event.string("terminal_reason"))
                .apiErrorStatus(event.smallCount("api_error_status"))
                .apiError(event.string("api_error"))
                .apiErrorType(event.string("api_error_type"))
                .stopReason(event.string("stop_reason"))
                .errors(errors())
                .turns(event.smallCount("num_turns"))
                .durationMs(event.count("duration_ms"))
                .costUSD(dollars(event.value("total_cost_usd")))
                .session(event.string("session_id"))
                .usage(event.has("usage") ? usage(event.object("usage")) : null)
                .models(models())
                .denials(denials())
                .structured(structured())
                .structuredBytes(event.object(CUT).count("structured_output"))
                .bytes(utf8 == null ? null : whole == null ? Long.valueOf(utf8.length) : whole)
                .sha256(utf8 == null || whole != null ? null : sha256(utf8))
                .text(text);
    }

    private @Nullable String errors() {
        StringJoiner errors = new StringJoiner("; ");
        for (Object error : event.array("errors")) {
            if (errors.length() < MAX_ERRORS_CHARS) {
                errors.add(error instanceof String string ? string : Json.write(error));
            }
        }
        return errors.length() == 0 ? null : errors.toString();
    }

    private static Usage usage(Fields usage) {
        return new Usage(
                usage.countOrZero("input_tokens"),
                usage.countOrZero("output_tokens"),
                usage.countOrZero("cache_read_input_tokens"),
                usage.countOrZero("cache_creation_input_tokens"));
    }

    private SequencedMap<String, Model> models() {
        SequencedMap<String, Model> models = new LinkedHashMap<>();
        event.entries("modelUsage").forEach((name, value) -> {
            if (models.size() < MAX_MAP_ENTRIES) {
                Fields model = Fields.of(value);
                Usage usage = new Usage(
                        model.countOrZero("inputTokens"),
                        model.countOrZero("outputTokens"),
                        model.countOrZero("cacheReadInputTokens"),
                        model.countOrZero("cacheCreationInputTokens"));
                models.put(name, new Model(usage, dollars(model.value("costUSD"))));
            }
        });
        return models;
    }

    private SequencedMap<String, Integer> denials() {
        SequencedMap<String, Integer> denials = new LinkedHashMap<>();
        for (Object denial : event.array("permission_denials")) {
            String tool = Fields.of(denial).string("tool_name");
            if (tool != null && (denials.containsKey(tool) || denials.size() < MAX_MAP_ENTRIES)) {
                denials.merge(tool, 1, Integer::sum);
            }
        }
        return denials;
    }

    private static @Nullable BigDecimal dollars(@Nullable Object value) {
        return value instanceof BigDecimal usd && usd.signum() >= 0 ? usd : null;
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
