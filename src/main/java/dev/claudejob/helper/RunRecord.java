package dev.claudejob.helper;

import dev.claudejob.claude.ResultEvent;
import dev.claudejob.claude.Transcript;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.FullResult;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.SummaryBuilder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the agent's events say, redacted as they come: the transcript goes to the log, the last result is kept. Thread-safe,
 * because the end of the run is on another thread than its events.
 */
final class RunRecord {
    private final Redactor redactor;
    private final Log log;
    private @Nullable ResultEvent result;
    private boolean wentOn;
    private @Nullable String unreadable;
    private @Nullable String cli;
    private @Nullable String session;

    RunRecord(Redactor redactor, Log log) {
        this.redactor = redactor;
        this.log = log;
    }

    /** Takes one line of the event file; what is no JSON object is passed over. */
    void line(String line) {
        Fields event;
        try {
            event = event(line);
        } catch (MalformedJsonException e) {
            unreadable(e);
            return;
        }
        note(event);
        log.lines(Transcript.lines(event));
    }

    private Fields event(String line) throws MalformedJsonException {
        Map<String, @Nullable Object> event;
        try {
            event = Json.parseObject(line);
        } catch (MalformedJsonException tooManyValues) {
            EventTrimmer trimmer = new EventTrimmer(EventTail.MAX_LINE);
            for (byte b : line.getBytes(StandardCharsets.UTF_8)) {
                trimmer.add(b);
            }
            String trimmed = trimmer.event();
            if (trimmed == null || trimmed.equals(line)) {
                throw tooManyValues;
            }
            event = Json.parseObject(trimmed);
        }
        // Redacted as values, not as text: JSON can spell a credential in ways that only its reader sees.
        redactor.redactJson(event);
        Map<String, @Nullable Object> cut = Json.asObject(event.get(ResultEvent.CUT));
        if (cut != null) {
            // What ends a text that was cut may be the first half of a credential.
            event.replaceAll((name, value) -> value instanceof String text && cut.containsKey(name)
                    ? text.substring(0, Math.max(0, text.length() - redactor.longest()))
                    : value);
        }
        return Fields.of(event);
    }

    private synchronized void unreadable(MalformedJsonException problem) {
        unreadable = String.valueOf(problem.getMessage());
    }

    private synchronized void note(Fields event) {
        String type = event.string("type");
        if (ResultEvent.is(event)) {
            result = ResultEvent.of(event);
            wentOn = false;
        } else if ("assistant".equals(type) || "user".equals(type)) {
            wentOn = true;
        } else if ("system".equals(type) && "init".equals(event.string("subtype"))) {
            cli = event.string("claude_code_version");
            session = event.string("session_id");
        }
    }

    /**
     * Starts a summary with what the events say.
     *
     * @param problem why events may be missing; empty when none can be
     */
    synchronized SummaryBuilder summary(String problem) {
        if (result != null && !wentOn) {
            return result.summary().cli(cli);
        }
        String why = result != null ? "the agent went on after its last result and left no other" : "no result event";
        if (unreadable != null) {
            why += "; a line of the event file can't be read: " + unreadable;
        }
        return new SummaryBuilder(Event.NONE)
                .why(problem.isEmpty() ? why : problem)
                .cli(cli)
                .session(session);
    }

    /** The whole result; null when there is none. */
    synchronized @Nullable FullResult full() {
        return result == null || wentOn ? null : new FullResult(result.text(), result.structured());
    }
}
