package dev.claudejob.summary;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What the helper says about a run that has ended: its Pod's termination message, version 1.
 *
 * <p>{@code proxy}, {@code meter}, {@code cooling}, {@code outlook}, {@code capped} and {@code limit} were measured by the helper. Everything else is the agent's word, taken from a file that the
 * agent can write: it describes the agent's own job and must decide nothing about another. All text is redacted already.
 *
 * @param event whether the run left a final result event
 * @param why why there is none, or why the message could not be read; one line
 * @param subtype the result's subtype; {@code success} also for a failed API call, so never classify on it
 * @param isError the result's is_error
 * @param terminalReason for example completed, api_error, max_turns
 * @param apiErrorStatus the HTTP status of the API call that ended the run
 * @param apiError for example usage_limit_reached, connection_failed
 * @param apiErrorType the API's error.type
 * @param stopReason the model's stop reason, for example end_turn, refusal
 * @param errors the result's errors, joined and cut
 * @param turns num_turns
 * @param durationMs milliseconds, as the agent counts them
 * @param costUSD US dollars, as the agent estimates them; cumulative over resumed runs
 * @param session the session's id
 * @param cli the version of Claude Code
 * @param usage tokens of this run
 * @param models tokens and cost by model; cumulative over resumed runs
 * @param denials how often a tool was denied, by tool
 * @param limit the last usage limit that the upstream's headers told of
 * @param exit what the wrapper wrote when Claude Code had ended
 * @param proxy what passed through the helper's proxy
 * @param meter tokens by credential, measured by the helper; empty when no answer told of any
 * @param cooling credentials that went wrong, measured by the helper
 * @param outlook how long credentials will do, measured by the helper
 * @param capped that the helper refused requests past the run's output tokens; null when it did not
 * @param structured the structured output, a JSON value as {@link Json} reads it, when it fitted
 * @param structuredBytes size in UTF-8 bytes of a structured output that did not fit
 * @param bytes size in UTF-8 bytes of the whole result text
 * @param sha256 hexadecimal SHA-256 of the whole result text
 * @param text the result text, cut when {@code bytes} says more
 * @param cut whether text or structured output did not fit: the helper's log has them whole
 */
public record Summary(
        Event event,
        @Nullable String why,
        @Nullable String subtype,
        @Nullable Boolean isError,
        @Nullable String terminalReason,
        @Nullable Integer apiErrorStatus,
        @Nullable String apiError,
        @Nullable String apiErrorType,
        @Nullable String stopReason,
        @Nullable String errors,
        @Nullable Integer turns,
        @Nullable Long durationMs,
        @Nullable BigDecimal costUSD,
        @Nullable String session,
        @Nullable String cli,
        @Nullable Usage usage,
        SequencedMap<String, Model> models,
        SequencedMap<String, Integer> denials,
        @Nullable Limit limit,
        @Nullable Exit exit,
        @Nullable Proxy proxy,
        List<Spend> meter,
        List<Cooling> cooling,
        List<Outlook> outlook,
        @Nullable Capped capped,
        @Nullable Object structured,
        @Nullable Long structuredBytes,
        @Nullable Long bytes,
        @Nullable String sha256,
        @Nullable String text,
        boolean cut) {

    /** The only version so far. */
    public static final int VERSION = 1;

    /** A termination message that is longer than this is cut by the kubelet when several containers write one. */
    public static final int MAX_BYTES = 2048;

    /** The last line of the helper's log starts with this; {@link FullResult} is what follows. */
    public static final String LOG_PREFIX = "claudejob-result ";

    public Summary {
        models = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(models));
        denials = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(denials));
        meter = List.copyOf(meter);
        cooling = List.copyOf(cooling);
        outlook = List.copyOf(outlook);
    }

    /** What the run left. */
    public enum Event {
        /** A final result event. */
        RESULT,
        /** No final result event. */
        NONE,
        /** Unknown: there is no summary, or it can't be read. */
        MALFORMED
    }

    /** Tokens. */
    public record Usage(long in, long out, long cacheRead, long cacheWrite) {
        public static final Usage ZERO = new Usage(0, 0, 0, 0);

        public Usage plus(Usage more) {
            return new Usage(in + more.in, out + more.out, cacheRead + more.cacheRead, cacheWrite + more.cacheWrite);
        }

        public Usage minus(Usage less) {
            return new Usage(in - less.in, out - less.out, cacheRead - less.cacheRead, cacheWrite - less.cacheWrite);
        }
    }

    /** Tokens and estimated US dollars of one model. */
    public record Model(Usage usage, @Nullable BigDecimal costUSD) {}

    /**
     * A usage limit of the credential.
     *
     * @param resetsAt seconds since the epoch; the helper bounds it to 8 days from when it was seen
     * @param type for example five_hour, seven_day
     * @param status rejected, or what else the upstream said
     */
    public record Limit(
            long resetsAt, @Nullable String type, @Nullable String status) {}

    /**
     * What the wrapper in the agent's container wrote.
     *
     * @param rc the exit code of Claude Code
     * @param term whether the wrapper was told to stop
     * @param exit the wrapper's own exit code
     */
    public record Exit(int rc, boolean term, int exit) {}

    /**
     * What passed through the proxy.
     *
     * @param requests requests that the agent made
     * @param ok of these, answered with 2xx
     * @param status how often each other status was passed on to the agent
     * @param held requests that were held because the credential was missing or refused
     * @param heldMs milliseconds for which at least one request was held
     * @param credential index of the credential that was used last
     */
    public record Proxy(
            long requests, long ok, SequencedMap<Integer, Long> status, long held, long heldMs, int credential) {
        public Proxy {
            status = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(status));
        }
    }

    /**
     * What was spent on one credential, by the API's own answers.
     *
     * @param credential its index in the helper's list
     * @param models the same by model; empty when there was no room
     */
    public record Spend(int credential, Usage total, SequencedMap<String, Usage> models) {
        public Spend {
            models = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(models));
        }
    }

    /**
     * The helper refused requests because the run's output tokens were spent.
     *
     * @param limit how many output tokens this run was given
     * @param spent how many it had used when the first request was refused
     */
    public record Capped(long limit, long spent) {}

    /** Why a credential is left alone. */
    public enum Trouble {
        /** The API refused it. */
        AUTH_FAILED("AuthFailed"),
        /** There was none. */
        MISSING("CredentialMissing"),
        /** Its usage limit is reached. */
        USAGE_LIMIT("UsageLimit"),
        /** The account behind it can't pay. */
        BILLING("BillingProblem");

        private final String reason;

        Trouble(String reason) {
            this.reason = reason;
        }

        /** The job's reason for it, as {@code status.reason} spells it. */
        public String reason() {
            return reason;
        }

        static @Nullable Trouble ofReason(@Nullable String reason) {
            for (Trouble trouble : values()) {
                if (trouble.reason.equals(reason)) {
                    return trouble;
                }
            }
            return null;
        }
    }

    /**
     * A credential that went wrong during the run, as the helper measured it at the API: the last time for each.
     *
     * @param credential its index in the helper's list
     * @param until for a usage limit, when it resets, in seconds since the epoch, at most 8 days from when it was seen; for the rest when the
     *     helper would try it again; null when the API did not say when its limit resets
     * @param type for a usage limit, for example five_hour, seven_day
     */
    public record Cooling(
            int credential,
            Trouble trouble,
            @Nullable Long until,
            @Nullable String type) {}

    /**
     * How long a credential will do: by its own word, and by the upstream's.
     *
     * @param credential its index in the helper's list
     * @param expiresAt when it ends, in seconds since the epoch; null when it does not say
     */
    public record Outlook(int credential, @Nullable Long expiresAt, List<Window> windows) {
        public Outlook {
            windows = List.copyOf(windows);
        }
    }

    /**
     * How far one of a subscription's limits is used up.
     *
     * @param type for example five_hour, seven_day
     * @param percent more than 100 where a plan allows it
     * @param resetsAt seconds since the epoch
     * @param seenAt when the upstream said so, in seconds since the epoch
     */
    public record Window(String type, int percent, long resetsAt, long seenAt) {}

    /** Whether the run left a final result event. */
    public boolean hasResult() {
        return event == Event.RESULT;
    }

    /** A summary that says only that there is no result, and why. */
    public static Summary none(String why) {
        return new SummaryBuilder(Event.NONE).why(why).build();
    }

    /**
     * Reads a termination message. Never throws: what can't be read (null, blank, not JSON, another version) is {@link
     * Event#MALFORMED} with the reason in {@code why}. Unknown fields are ignored, and a field of a wrong type is absent.
     */
    public static Summary parse(@Nullable String message) {
        return SummaryJson.read(message);
    }

    /**
     * The message in at most {@code maxBytes} UTF-8 bytes, never splitting a code point. What does not fit goes in this order:
     * the text, down to {@value SummaryJson#TEXT_FLOOR} bytes; the models (Claude Code's, then the meter's); the structured output (its size stays); the denials; the errors' tail; the
     * rest of the text; then single facts, the least important first.
     *
     * @param maxBytes at least {@value SummaryJson#MIN_BYTES}
     */
    public String toJson(int maxBytes) {
        return SummaryJson.write(this, maxBytes);
    }
}
