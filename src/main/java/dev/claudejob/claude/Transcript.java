package dev.claudejob.claude;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes log lines of stream-json events: what a person wants to see of a run. Text is indented, so that no line of it can pass
 * for one of the helper's own, and control characters are replaced, so that none reaches a terminal.
 */
public final class Transcript {
    private static final int MAX_TEXT = 16 * 1024;
    private static final int MAX_TOOL_INPUT = 240;
    private static final int MAX_TOOL_RESULT = 400;
    private static final int MAX_WORD = 80;
    private static final String INDENT = "  ";

    private Transcript() {}

    /** The lines for one event; none for kinds that only machines want. */
    public static List<String> lines(Fields event) {
        List<String> lines = new ArrayList<>();
        switch (word(event, "type")) {
            case "system" -> system(event, lines);
            case "assistant" -> message(event, "[assistant]", lines);
            case "user" -> message(event, "[user]", lines);
            case "rate_limit_event" -> {
                Fields limit = event.object("rate_limit_info");
                if (!"allowed".equals(limit.string("status"))) {
                    lines.add("[limit] " + word(limit, "status") + " " + word(limit, "rateLimitType"));
                }
            }
            case "result" -> result(event, lines);
            default -> {}
        }
        return lines;
    }

    private static void system(Fields event, List<String> lines) {
        switch (word(event, "subtype")) {
            case "init" ->
                lines.add("[start] Claude Code " + word(event, "claude_code_version") + ", model "
                        + word(event, "model") + ", session " + word(event, "session_id"));
            case "api_retry" -> {
                Long status = event.count("error_status");
                lines.add("[retry] " + number(event, "attempt") + " of " + number(event, "max_retries") + " in "
                        + number(event, "retry_delay_ms") + " ms: " + word(event, "error")
                        + (status == null ? "" : " (status " + status + ")"));
            }
            case "informational" -> {
                String note = event.string("content");
                if (note != null) {
                    lines.add("[note] " + oneLine(note, MAX_TOOL_RESULT));
                }
            }
            case "permission_denied" -> lines.add("[denied] " + word(event, "tool_name"));
            case "model_fallback" -> lines.add("[fallback] another model answers");
            default -> {}
        }
    }

    private static void message(Fields event, String speaker, List<String> lines) {
        Fields message = event.object("message");
        // A subagent's messages carry the tool call that started it.
        String who = event.string("parent_tool_use_id") == null ? speaker : "[subagent]" + speaker;
        text(who, message.string("content"), lines);
        for (Object value : message.array("content")) {
            Fields block = Fields.of(value);
            switch (word(block, "type")) {
                case "text" -> text(who, block.string("text"), lines);
                case "tool_use" ->
                    lines.add("[tool] " + word(block, "name") + " "
                            + oneLine(Json.write(block.value("input")), MAX_TOOL_INPUT));
                case "tool_result" -> {
                    String mark = Boolean.TRUE.equals(block.bool("is_error")) ? "[tool failed] " : "[tool done] ";
                    lines.add(mark + oneLine(content(block), MAX_TOOL_RESULT));
                }
                default -> {}
            }
        }
    }

    private static String content(Fields block) {
        String whole = block.string("content");
        if (whole != null) {
            return whole;
        }
        StringBuilder content = new StringBuilder();
        for (Object value : block.array("content")) {
            Fields part = Fields.of(value);
            String text = part.string("text");
            content.append(text == null ? "(" + word(part, "type") + ")" : text).append(' ');
        }
        return content.toString().strip();
    }

    private static void result(Fields event, List<String> lines) {
        StringBuilder line = new StringBuilder("[result] ")
                .append(Boolean.FALSE.equals(event.bool("is_error")) ? "success" : "error")
                .append(": ")
                .append(word(event, "terminal_reason"));
        Long status = event.count("api_error_status");
        if (status != null) {
            line.append(", API status ").append(status);
        }
        line.append(", ").append(number(event, "num_turns")).append(" turns");
        Long millis = event.count("duration_ms");
        if (millis != null) {
            line.append(", ")
                    .append(BigDecimal.valueOf(millis, 3).toPlainString())
                    .append(" s");
        }
        if (event.value("total_cost_usd") instanceof BigDecimal usd) {
            line.append(", $").append(usd.setScale(4, RoundingMode.HALF_UP).toPlainString());
        }
        lines.add(line.toString());
        // A success repeats the last message; an error's text is said nowhere else.
        String text = event.string("result");
        if (text != null && !Boolean.FALSE.equals(event.bool("is_error"))) {
            indent(text, lines);
        }
        for (Object error : event.array("errors")) {
            indent(error instanceof String string ? string : Json.write(error), lines);
        }
    }

    private static void text(String who, @Nullable String text, List<String> lines) {
        if (text != null && !text.isBlank()) {
            lines.add(who);
            indent(text, lines);
        }
    }

    private static void indent(String text, List<String> lines) {
        shorten(text.strip(), MAX_TEXT).lines().forEach(line -> lines.add(INDENT + printable(line)));
    }

    private static String oneLine(String text, int max) {
        return printable(shorten(text, max));
    }

    private static String shorten(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max;
        return text.substring(0, end) + " ... (" + text.length() + " characters)";
    }

    private static String printable(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            boolean hidden = Character.getType(c) == Character.FORMAT || Character.getType(c) == Character.SURROGATE;
            if (c == '\n' || c == '\r' || c == '\t' || c == 0x2028 || c == 0x2029) {
                line.append(' ');
            } else if (Character.isISOControl(c) || hidden) {
                line.append('\ufffd');
            } else {
                line.appendCodePoint(c);
            }
        });
        return line.toString();
    }

    private static String word(Fields fields, String name) {
        String word = fields.string(name);
        return word == null ? "?" : oneLine(word, MAX_WORD);
    }

    private static String number(Fields fields, String name) {
        @Nullable Long number = fields.count(name);
        return number == null ? "?" : number.toString();
    }
}
