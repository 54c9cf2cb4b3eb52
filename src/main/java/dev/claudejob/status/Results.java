package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.ConfigMapRef;
import dev.claudejob.api.v1alpha1.Counts;
import dev.claudejob.api.v1alpha1.ModelUsage;
import dev.claudejob.api.v1alpha1.PermissionDenial;
import dev.claudejob.api.v1alpha1.Result;
import dev.claudejob.api.v1alpha1.Usage;
import dev.claudejob.observe.View;
import dev.claudejob.summary.FullResult;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Summary;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parts of status that come from what the helper said. */
public final class Results {
    /** A longer text goes into a ConfigMap, and only its beginning into status: 16 KiB of UTF-8. */
    public static final int MAX_STATUS_BYTES = 16 * 1024;

    /** Stands in a status for what there was no room for. */
    static final String OTHERS = "others";

    /** An agent may claim to have used any number of models. */
    private static final int MAX_MODELS = 16;

    private static final int MAX_DENIALS = 16;

    private Results() {}

    static @Nullable Result result(Summary summary, View.Known known) {
        FullResult full = known.result();
        String text = full != null && full.text() != null ? full.text() : summary.text();
        Object structured = full != null && full.structured() != null ? full.structured() : summary.structured();
        if (text == null && structured == null) {
            return null;
        }
        String kept = text == null ? null : prefix(text, MAX_STATUS_BYTES);
        boolean fits = structured != null && bytes(Json.write(structured)) <= MAX_STATUS_BYTES;
        boolean lost = !fits && (structured != null || summary.structuredBytes() != null);
        boolean truncated = kept != null && bytes(kept) < (summary.bytes() == null ? 0 : summary.bytes());
        return new Result(
                kept,
                fits ? Json.asObject(structured) : null,
                summary.bytes(),
                summary.sha256(),
                (truncated || lost) ? Boolean.TRUE : null,
                reference(known.resultConfigMap()));
    }

    private static @Nullable ConfigMapRef reference(@Nullable String configMap) {
        return configMap == null || configMap.isEmpty() ? null : new ConfigMapRef(configMap);
    }

    static @Nullable Usage usage(Summary summary) {
        Summary.Usage u = summary.usage();
        if (u == null && summary.turns() == null && summary.costUSD() == null) {
            return null;
        }
        Map<String, ModelUsage> models = new LinkedHashMap<>();
        summary.models()
                .forEach((name, m) -> models.put(
                        name,
                        new ModelUsage(
                                m.usage().in(),
                                m.usage().out(),
                                m.usage().cacheRead(),
                                m.usage().cacheWrite(),
                                money(m.costUSD()))));
        return new Usage(
                summary.turns(),
                u == null ? null : u.in(),
                u == null ? null : u.out(),
                u == null ? null : u.cacheRead(),
                u == null ? null : u.cacheWrite(),
                money(summary.costUSD()),
                models.isEmpty() ? null : models);
    }

    /** What both used. */
    static @Nullable Usage sum(@Nullable Usage a, @Nullable Usage b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        Map<String, ModelUsage> models = new LinkedHashMap<>();
        for (Usage part : List.of(a, b)) {
            if (part.models() != null) {
                part.models().forEach((name, usage) -> {
                    boolean room = models.containsKey(name) || models.size() < MAX_MODELS;
                    models.merge(room ? name : OTHERS, usage, Results::sum);
                });
            }
        }
        Long turns = sum(longOf(a.turns()), longOf(b.turns()));
        return new Usage(
                turns == null ? null : Math.clamp(turns, 0, Integer.MAX_VALUE),
                sum(a.inputTokens(), b.inputTokens()),
                sum(a.outputTokens(), b.outputTokens()),
                sum(a.cacheReadInputTokens(), b.cacheReadInputTokens()),
                sum(a.cacheCreationInputTokens(), b.cacheCreationInputTokens()),
                sum(a.costUSD(), b.costUSD()),
                models.isEmpty() ? null : models);
    }

    private static ModelUsage sum(ModelUsage a, ModelUsage b) {
        return new ModelUsage(
                sum(a.inputTokens(), b.inputTokens()),
                sum(a.outputTokens(), b.outputTokens()),
                sum(a.cacheReadInputTokens(), b.cacheReadInputTokens()),
                sum(a.cacheCreationInputTokens(), b.cacheCreationInputTokens()),
                sum(a.costUSD(), b.costUSD()));
    }

    private static @Nullable Long longOf(@Nullable Integer value) {
        return value == null ? null : Long.valueOf(value);
    }

    private static @Nullable Long sum(@Nullable Long a, @Nullable Long b) {
        return a == null ? b : b == null ? a : Long.valueOf(Counts.sum(a, b));
    }

    private static @Nullable String sum(@Nullable String a, @Nullable String b) {
        return a == null ? b : b == null ? a : money(new BigDecimal(a).add(new BigDecimal(b)));
    }

    static @Nullable List<PermissionDenial> denials(Summary summary) {
        return summary.denials().isEmpty()
                ? null
                : summary.denials().entrySet().stream()
                        .limit(MAX_DENIALS)
                        .map(e -> new PermissionDenial(e.getKey(), e.getValue()))
                        .toList();
    }

    static @Nullable String money(@Nullable BigDecimal amount) {
        return amount == null ? null : amount.stripTrailingZeros().toPlainString();
    }

    /** True when the text, or the structured output, is too long for status. */
    public static boolean needsConfigMap(FullResult full) {
        return (full.text() != null && bytes(full.text()) > MAX_STATUS_BYTES)
                || (full.structured() != null && bytes(Json.write(full.structured())) > MAX_STATUS_BYTES);
    }

    /** What the ConfigMap of a long result holds: text, and structured.json if there is structured output. */
    public static Map<String, String> data(FullResult full) {
        Map<String, String> data = new LinkedHashMap<>();
        if (full.text() != null) {
            data.put("text", full.text());
        }
        if (full.structured() != null) {
            data.put("structured.json", Json.write(full.structured()));
        }
        return data;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String prefix(String text, int maxBytes) {
        int used = 0;
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            used += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            if (used > maxBytes) {
                return text.substring(0, i);
            }
            i += Character.charCount(c);
        }
        return text;
    }
}
