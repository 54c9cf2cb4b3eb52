package dev.claudejob.helper;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import dev.claudejob.summary.Summary.Usage;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads what an answer used from the answer's own bytes, after they were passed on. The API states it once in a JSON document; in a stream first in
 * {@code message_start} and then, cumulative, in {@code message_delta}: the last word for each kind of token holds.
 *
 * <p>Every statement is reported at once, as the difference to the one before: what broke off midway is counted as far as it came, and is not
 * {@link #settled}.
 */
abstract sealed class UsageTap {
    // Sums of these can't overflow, whatever an upstream claims.
    private static final long MAX_TOKENS = 1_000_000_000_000L;

    private static final Set<String> WANTED = Set.of("type", "model", "usage", "message.model", "message.usage");

    // What the API did for one request besides answering it; these are in the answer's own count.
    private static final Set<String> COUNTED_ABOVE = Set.of("message", "fallback_message");

    private final Sink sink;
    private String model = "";
    private Usage seen = Usage.ZERO;
    private Usage own = Usage.ZERO;
    private Usage besides = Usage.ZERO;
    private boolean stated;
    private boolean stopped;

    private UsageTap(Sink sink) {
        this.sink = sink;
    }

    /** Takes what was used since the last report; counts may be negative when the API corrects itself. */
    interface Sink {
        void used(String model, Usage more);
    }

    /** A tap for an answer's body; empty when the body is in a form that can't be read. */
    static Optional<UsageTap> of(Upstream.Response answer, Sink sink) {
        String encoding = answer.header("content-encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return Optional.empty();
        }
        String type = answer.header("content-type");
        String media = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return switch (media) {
            case "text/event-stream" -> Optional.of(new Stream(sink));
            case "application/json" -> Optional.of(new Document(sink));
            case "application/vnd.amazon.eventstream" -> Optional.of(new Frames(sink));
            default -> Optional.empty();
        };
    }

    abstract void add(byte[] bytes, int count);

    /** No more will come. */
    abstract void end();

    /**
     * Whether the API has said all that the answer used.
     *
     * @param whole whether the answer came to its end
     */
    final boolean settled(boolean whole) {
        return stopped || (whole && stated);
    }

    /** Output tokens of the answer itself that were reported: what the API did besides is not what the request's max_tokens bounds. */
    final long output() {
        return own.out();
    }

    private static JsonSkimmer skimmer() {
        return new JsonSkimmer(WANTED);
    }

    final void take(JsonSkimmer object) {
        String name = text(first(object.picked("message.model"), object.picked("model")));
        if (name != null) {
            model = name;
        }
        String type = text(object.picked("type"));
        Fields last = Fields.of(read(object.picked("usage")));
        stated |= last.count("output_tokens") != null;
        // After an error nothing comes, and the agent can't make one.
        stopped |= "error".equals(type) || (stated && "message_stop".equals(type));
        Fields usage = object.picked("message.usage") == null ? last : Fields.of(read(object.picked("message.usage")));
        own = new Usage(
                tokens(usage, "input_tokens", own.in()),
                tokens(usage, "output_tokens", own.out()),
                tokens(usage, "cache_read_input_tokens", own.cacheRead()),
                tokens(usage, "cache_creation_input_tokens", own.cacheWrite()));
        besides = usage.has("iterations") ? besides(usage) : besides;
        Usage now = own.plus(besides);
        if (!now.equals(seen)) {
            Usage more = now.minus(seen);
            seen = now;
            sink.used(model, more);
        }
    }

    private static Usage besides(Fields usage) {
        Usage sum = Usage.ZERO;
        for (@Nullable Object each : usage.array("iterations")) {
            Fields one = Fields.of(each);
            if (!COUNTED_ABOVE.contains(one.string("type"))) {
                sum = sum.plus(new Usage(
                        tokens(one, "input_tokens", 0),
                        tokens(one, "output_tokens", 0),
                        tokens(one, "cache_read_input_tokens", 0),
                        tokens(one, "cache_creation_input_tokens", 0)));
            }
        }
        return sum;
    }

    private static long tokens(Fields usage, String name, long otherwise) {
        Long count = usage.count(name);
        return count == null ? otherwise : Math.min(count, MAX_TOKENS);
    }

    private static @Nullable String first(@Nullable String one, @Nullable String other) {
        return one == null ? other : one;
    }

    private static @Nullable String text(@Nullable String json) {
        return read(json) instanceof String string ? string : null;
    }

    private static @Nullable Object read(@Nullable String json) {
        try {
            return json == null ? null : Json.parse(json);
        } catch (MalformedJsonException e) {
            return null;
        }
    }

    /** One JSON document. */
    private static final class Document extends UsageTap {
        private final JsonSkimmer object = skimmer();

        private Document(Sink sink) {
            super(sink);
        }

        @Override
        void add(byte[] bytes, int count) {
            for (int i = 0; i < count; i++) {
                object.add(bytes[i]);
            }
        }

        @Override
        void end() {
            take(object);
        }
    }

    /** Server-sent events: lines, of which those that begin with "data:" make an event, which a blank line ends. */
    private static final class Stream extends UsageTap {
        private static final String DATA = "data:";

        private @Nullable JsonSkimmer event;
        // How much of a line was read, as far as that matters.
        private int column;
        private boolean data = true;

        private Stream(Sink sink) {
            super(sink);
        }

        @Override
        void add(byte[] bytes, int count) {
            for (int i = 0; i < count; i++) {
                add(bytes[i]);
            }
        }

        private void add(byte b) {
            if (b == '\n' || b == '\r') {
                if (column == 0) {
                    end();
                }
                column = 0;
                data = true;
            } else if (column < DATA.length()) {
                data = data && b == DATA.charAt(column++);
                column = data ? column : DATA.length();
            } else if (data) {
                if (event == null) {
                    event = skimmer();
                }
                event.add(b);
            }
        }

        @Override
        void end() {
            if (event != null) {
                take(event);
                event = null;
            }
        }
    }

    /** Bedrock's stream: binary frames, each with an event as base64 in a JSON object. */
    private static final class Frames extends UsageTap {
        private static final Set<String> BYTES = Set.of("bytes");
        private static final int PRELUDE = 12;
        private static final int CHECKSUM = 4;

        // Of the frame that is being read: how many bytes were, and how many there are of it and of its headers.
        private long at;
        private long length;
        private long headers;
        private boolean broken;
        private JsonSkimmer payload = new JsonSkimmer(BYTES);

        private Frames(Sink sink) {
            super(sink);
        }

        @Override
        void add(byte[] bytes, int count) {
            for (int i = 0; i < count && !broken; i++) {
                add(bytes[i]);
            }
        }

        private void add(byte b) {
            if (at < 4) {
                length = (length << 8) | (b & 0xff);
            } else if (at < 8) {
                headers = (headers << 8) | (b & 0xff);
            } else if (at >= PRELUDE + headers && at < length - CHECKSUM) {
                payload.add(b);
            }
            at++;
            if (at == 8) {
                broken = length < PRELUDE + headers + CHECKSUM;
            } else if (at > 8 && at == length) {
                event();
                at = 0;
                length = 0;
                headers = 0;
                payload = new JsonSkimmer(BYTES);
            }
        }

        private void event() {
            String base64 = text(payload.picked("bytes"));
            if (base64 == null) {
                return;
            }
            try {
                JsonSkimmer event = skimmer();
                for (byte b : Base64.getDecoder().decode(base64)) {
                    event.add(b);
                }
                take(event);
            } catch (IllegalArgumentException e) {
                // No base64, no event.
            }
        }

        @Override
        void end() {
            // A frame that did not come whole says nothing.
        }
    }
}
