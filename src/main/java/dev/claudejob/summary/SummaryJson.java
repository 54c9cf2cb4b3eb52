package dev.claudejob.summary;

import dev.claudejob.summary.Json.MalformedJsonException;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.Summary.Exit;
import dev.claudejob.summary.Summary.Limit;
import dev.claudejob.summary.Summary.Model;
import dev.claudejob.summary.Summary.Proxy;
import dev.claudejob.summary.Summary.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A summary's way into its message and back. */
final class SummaryJson {
    static final int MIN_BYTES = 256;
    static final int TEXT_FLOOR = 200;

    // A termination message holds 4096 bytes at most: anything longer was not written by a kubelet.
    private static final int MAX_MESSAGE_CHARS = 64 * 1024;
    private static final int MAX_STRUCTURED_BYTES = 700;
    private static final int MAX_MODELS = 4;
    private static final int MAX_DENIALS = 8;
    private static final int MAX_STATUSES = 8;
    private static final int MAX_ERRORS_BYTES = 300;
    private static final int SHORT_ERRORS_BYTES = 80;
    static final int MAX_WORD_BYTES = 64;
    private static final int MAX_WHY_BYTES = 120;
    private static final BigDecimal MAX_USD = BigDecimal.valueOf(1_000_000_000);

    private static final int CUT_BYTES = ",\"cut\":true".length();
    private static final List<String> LEAST_IMPORTANT_FIRST = List.of(
            "sha256",
            "outlook",
            "usage",
            "cli",
            "errors",
            "exit",
            "durationMs",
            "stopReason",
            "session",
            "proxy",
            "why",
            "turns",
            "structuredBytes",
            "limit",
            "meter",
            "cooling",
            "apiErrorType",
            "bytes",
            "costUSD",
            "subtype",
            "capped",
            "apiError",
            "terminalReason");

    private SummaryJson() {}

    static Summary read(@Nullable String message) {
        if (message == null || message.isBlank()) {
            return malformed("there is no summary");
        }
        if (message.length() > MAX_MESSAGE_CHARS) {
            return malformed("the summary is too long");
        }
        try {
            return read(Fields.of(Json.parseObject(message)));
        } catch (MalformedJsonException e) {
            return malformed("the summary can't be read: " + e.getMessage());
        }
    }

    private static Summary malformed(String why) {
        return new SummaryBuilder(Event.MALFORMED).why(why).build();
    }

    private static Summary read(Fields fields) {
        if (!Objects.equals(fields.count("v"), (long) Summary.VERSION)) {
            return malformed("the summary is of an unknown version");
        }
        String event = fields.string("event");
        if (!"result".equals(event) && !"none".equals(event)) {
            return malformed("the summary says nothing of a result");
        }
        return new SummaryBuilder("result".equals(event) ? Event.RESULT : Event.NONE)
                .why(fields.string("why"))
                .subtype(fields.string("subtype"))
                .isError(fields.bool("isError"))
                .terminalReason(fields.string("terminalReason"))
                .apiErrorStatus(fields.smallCount("apiErrorStatus"))
                .apiError(fields.string("apiError"))
                .apiErrorType(fields.string("apiErrorType"))
                .stopReason(fields.string("stopReason"))
                .errors(fields.string("errors"))
                .turns(fields.smallCount("turns"))
                .durationMs(fields.count("durationMs"))
                .costUSD(dollars(fields.value("costUSD")))
                .session(fields.string("session"))
                .cli(fields.string("cli"))
                .usage(fields.has("usage") ? usage(fields.object("usage")) : null)
                .models(models(fields))
                .denials(denials(fields))
                .limit(limit(fields.object("limit")))
                .exit(exit(fields.object("exit")))
                .proxy(fields.has("proxy") ? proxy(fields.object("proxy")) : null)
                .meter(Measured.readSpends(fields.array("meter")))
                .cooling(Measured.readCooling(fields.array("cooling")))
                .outlook(Measured.readOutlook(fields.array("outlook")))
                .capped(Measured.readCapped(fields.object("capped")))
                .structured(fields.value("structured"))
                .structuredBytes(fields.count("structuredBytes"))
                .bytes(fields.count("bytes"))
                .sha256(fields.string("sha256"))
                .text(fields.string("text"))
                .cut(Boolean.TRUE.equals(fields.bool("cut")))
                .build();
    }

    private static @Nullable BigDecimal dollars(@Nullable Object value) {
        // Money travels as a string so that no reader on the way makes a double of it.
        if (!(value instanceof String string) || !string.matches("[0-9]{1,10}(\\.[0-9]{1,12})?")) {
            return null;
        }
        return new BigDecimal(string);
    }

    private static Usage usage(Fields fields) {
        return new Usage(
                fields.countOrZero("in"),
                fields.countOrZero("out"),
                fields.countOrZero("cacheRead"),
                fields.countOrZero("cacheWrite"));
    }

    private static SequencedMap<String, Model> models(Fields fields) {
        SequencedMap<String, Model> models = new LinkedHashMap<>();
        fields.entries("models").forEach((name, value) -> {
            if (value instanceof Map<?, ?>) {
                Fields model = Fields.of(value);
                models.put(name, new Model(usage(model), dollars(model.value("costUSD"))));
            }
        });
        return models;
    }

    private static SequencedMap<String, Integer> denials(Fields fields) {
        SequencedMap<String, Integer> denials = new LinkedHashMap<>();
        Fields counts = fields.object("denials");
        for (String tool : fields.entries("denials").keySet()) {
            Integer count = counts.smallCount(tool);
            if (count != null) {
                denials.put(tool, count);
            }
        }
        return denials;
    }

    private static @Nullable Limit limit(Fields fields) {
        Long resetsAt = fields.time("resetsAt");
        return resetsAt == null ? null : new Limit(resetsAt, fields.string("type"), fields.string("status"));
    }

    private static @Nullable Exit exit(Fields fields) {
        Integer rc = fields.smallCount("rc");
        Integer exit = fields.smallCount("exit");
        return rc == null || exit == null ? null : new Exit(rc, fields.countOrZero("term") != 0, exit);
    }

    private static Proxy proxy(Fields fields) {
        SequencedMap<Integer, Long> statuses = new LinkedHashMap<>();
        Fields counts = fields.object("status");
        for (String status : fields.entries("status").keySet()) {
            Long count = counts.count(status);
            if (count != null && status.matches("[1-9][0-9]{2}")) {
                statuses.put(Integer.valueOf(status), count);
            }
        }
        Integer credential = fields.smallCount("credential");
        return new Proxy(
                fields.countOrZero("requests"),
                fields.countOrZero("ok"),
                statuses,
                fields.countOrZero("held"),
                fields.countOrZero("heldMs"),
                credential == null ? 0 : credential);
    }

    static String write(Summary summary, int maxBytes) {
        if (maxBytes < MIN_BYTES) {
            throw new IllegalArgumentException("a summary needs " + MIN_BYTES + " bytes");
        }
        SequencedMap<String, @Nullable Object> message = message(summary);
        String text = summary.text();
        int floor = 0;
        boolean cutAlready = message.containsKey("cut");
        if (text != null) {
            floor = Math.min(TEXT_FLOOR, writtenBytes(text));
            message.put("text", "");
            message.putLast("cut", true);
        }
        if (size(message) + floor > maxBytes) {
            message.remove("models");
        }
        if (size(message) + floor > maxBytes && !summary.meter().isEmpty()) {
            message.put("meter", Measured.spends(summary.meter(), 0));
        }
        if (size(message) + floor > maxBytes && message.remove("structured") != null) {
            message.putIfAbsent("structuredBytes", size(summary.structured()));
            message.putLast("cut", true);
            cutAlready = true;
        }
        if (size(message) + floor > maxBytes) {
            message.remove("denials");
        }
        if (size(message) + floor > maxBytes && message.get("errors") instanceof String errors) {
            message.put("errors", Json.prefix(errors, SHORT_ERRORS_BYTES));
        }
        // From here on the text may go altogether; what stays longest is what a failure is told apart by.
        for (String name : LEAST_IMPORTANT_FIRST) {
            if (size(message) <= maxBytes) {
                break;
            }
            message.remove(name);
        }
        if (text != null) {
            int left = maxBytes - size(message) + (cutAlready ? 0 : CUT_BYTES);
            if (writtenBytes(text) <= left) {
                message.put("text", text);
                if (!cutAlready) {
                    message.remove("cut");
                }
            } else {
                message.put("text", Json.prefix(text, maxBytes - size(message)));
            }
        }
        return Json.write(message);
    }

    private static SequencedMap<String, @Nullable Object> message(Summary summary) {
        SequencedMap<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("v", Summary.VERSION);
        message.put("event", summary.hasResult() ? "result" : "none");
        put(message, "why", word(summary.why(), MAX_WHY_BYTES));
        put(message, "subtype", word(summary.subtype(), MAX_WORD_BYTES));
        put(message, "isError", summary.isError());
        put(message, "terminalReason", word(summary.terminalReason(), MAX_WORD_BYTES));
        put(message, "apiErrorStatus", summary.apiErrorStatus());
        put(message, "apiError", word(summary.apiError(), MAX_WORD_BYTES));
        put(message, "apiErrorType", word(summary.apiErrorType(), MAX_WORD_BYTES));
        put(message, "stopReason", word(summary.stopReason(), MAX_WORD_BYTES));
        put(message, "errors", word(summary.errors(), MAX_ERRORS_BYTES));
        put(message, "turns", summary.turns());
        put(message, "durationMs", summary.durationMs());
        put(message, "costUSD", dollars(summary.costUSD()));
        put(message, "session", word(summary.session(), MAX_WORD_BYTES));
        put(message, "cli", word(summary.cli(), MAX_WORD_BYTES));
        Usage usage = summary.usage();
        put(message, "usage", usage == null ? null : usage(usage));
        put(message, "models", models(summary.models()));
        put(message, "denials", denials(summary.denials()));
        put(message, "limit", limit(summary.limit()));
        put(message, "exit", exit(summary.exit()));
        put(message, "proxy", proxy(summary.proxy()));
        put(message, "meter", summary.meter().isEmpty() ? null : Measured.spends(summary.meter(), MAX_MODELS));
        put(message, "cooling", summary.cooling().isEmpty() ? null : Measured.cooling(summary.cooling()));
        put(message, "outlook", summary.outlook().isEmpty() ? null : Measured.outlook(summary.outlook()));
        Summary.Capped capped = summary.capped();
        put(message, "capped", capped == null ? null : Measured.capped(capped));
        boolean tooBig = summary.structured() != null && size(summary.structured()) > MAX_STRUCTURED_BYTES;
        put(message, "structured", tooBig ? null : summary.structured());
        put(message, "structuredBytes", tooBig ? Long.valueOf(size(summary.structured())) : summary.structuredBytes());
        put(message, "bytes", summary.bytes());
        put(message, "sha256", word(summary.sha256(), MAX_WORD_BYTES));
        put(message, "cut", (tooBig || summary.cut()) ? true : null);
        return message;
    }

    private static @Nullable String word(@Nullable String string, int maxBytes) {
        return string == null ? null : Json.prefix(string, maxBytes);
    }

    private static @Nullable String dollars(@Nullable BigDecimal usd) {
        if (usd == null || usd.signum() < 0 || usd.compareTo(MAX_USD) > 0) {
            return null;
        }
        return usd.setScale(Math.clamp(usd.scale(), 0, 6), RoundingMode.HALF_UP).toPlainString();
    }

    private static Map<String, @Nullable Object> usage(Usage usage) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("in", usage.in());
        json.put("out", usage.out());
        json.put("cacheRead", usage.cacheRead());
        json.put("cacheWrite", usage.cacheWrite());
        return json;
    }

    private static @Nullable Object models(SequencedMap<String, Model> models) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        models.forEach((name, model) -> {
            if (json.size() < MAX_MODELS) {
                Map<String, @Nullable Object> facts = usage(model.usage());
                put(facts, "costUSD", dollars(model.costUSD()));
                json.put(Json.prefix(name, MAX_WORD_BYTES), facts);
            }
        });
        return json.isEmpty() ? null : json;
    }

    private static @Nullable Object denials(SequencedMap<String, Integer> denials) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        denials.forEach((tool, count) -> {
            if (json.size() < MAX_DENIALS) {
                json.put(Json.prefix(tool, MAX_WORD_BYTES), count);
            }
        });
        return json.isEmpty() ? null : json;
    }

    private static @Nullable Object limit(@Nullable Limit limit) {
        if (limit == null) {
            return null;
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("resetsAt", limit.resetsAt());
        put(json, "type", word(limit.type(), MAX_WORD_BYTES));
        put(json, "status", word(limit.status(), MAX_WORD_BYTES));
        return json;
    }

    private static @Nullable Object exit(@Nullable Exit exit) {
        if (exit == null) {
            return null;
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("rc", exit.rc());
        json.put("term", exit.term() ? 1 : 0);
        json.put("exit", exit.exit());
        return json;
    }

    private static @Nullable Object proxy(@Nullable Proxy proxy) {
        if (proxy == null) {
            return null;
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("requests", proxy.requests());
        json.put("ok", proxy.ok());
        Map<String, @Nullable Object> statuses = new LinkedHashMap<>();
        proxy.status().forEach((status, count) -> {
            if (statuses.size() < MAX_STATUSES) {
                statuses.put(status.toString(), count);
            }
        });
        put(json, "status", statuses.isEmpty() ? null : statuses);
        json.put("held", proxy.held());
        json.put("heldMs", proxy.heldMs());
        json.put("credential", proxy.credential());
        return json;
    }

    private static void put(Map<String, @Nullable Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static int size(@Nullable Object value) {
        return Json.write(value).getBytes(StandardCharsets.UTF_8).length;
    }

    private static int writtenBytes(String string) {
        long bytes = string.codePoints().mapToLong(Json::writtenBytes).sum();
        return (int) Math.min(bytes, Integer.MAX_VALUE / 2);
    }
}
