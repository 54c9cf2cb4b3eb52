package dev.claudejob.summary;

import dev.claudejob.summary.Summary.Capped;
import dev.claudejob.summary.Summary.Cooling;
import dev.claudejob.summary.Summary.Outlook;
import dev.claudejob.summary.Summary.Spend;
import dev.claudejob.summary.Summary.Trouble;
import dev.claudejob.summary.Summary.Usage;
import dev.claudejob.summary.Summary.Window;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** How the helper's own measurements are written: the same in a summary and in the file that outlives the helper. */
public final class Measured {
    private static final int MAX_CREDENTIALS = 8;
    private static final int MAX_WINDOWS = 4;
    private static final int MAX_PERCENT = 999;
    private static final int MAX_TYPE_BYTES = 24;

    private Measured() {}

    /**
     * Tokens as {@code [in, out, cacheRead, cacheWrite]}, for short.
     *
     * @param maxModels how many models to name for each credential; the total is always there
     */
    public static List<@Nullable Object> spends(List<Spend> spends, int maxModels) {
        List<@Nullable Object> json = new ArrayList<>();
        for (Spend spend : spends) {
            Map<String, @Nullable Object> models = new LinkedHashMap<>();
            spend.models().forEach((name, usage) -> {
                if (models.size() < maxModels) {
                    models.put(Json.prefix(name, SummaryJson.MAX_WORD_BYTES), tokens(usage));
                }
            });
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("c", spend.credential());
            one.put("t", tokens(spend.total()));
            if (!models.isEmpty()) {
                one.put("m", models);
            }
            json.add(one);
        }
        return json;
    }

    /** Reads what {@link #spends} wrote; what is no such thing is passed over. */
    public static List<Spend> readSpends(List<@Nullable Object> json) {
        List<Spend> spends = new ArrayList<>();
        for (Object entry : json) {
            Fields one = Fields.of(entry);
            Integer credential = one.smallCount("c");
            if (credential == null || spends.size() == MAX_CREDENTIALS) {
                continue;
            }
            SequencedMap<String, Usage> models = new LinkedHashMap<>();
            one.entries("m").forEach((name, tokens) -> models.put(name, usage(Json.asArray(tokens))));
            spends.add(new Spend(credential, usage(one.array("t")), models));
        }
        return spends;
    }

    private static List<@Nullable Object> tokens(Usage usage) {
        return List.of(usage.in(), usage.out(), usage.cacheRead(), usage.cacheWrite());
    }

    private static Usage usage(@Nullable List<@Nullable Object> tokens) {
        return tokens == null || tokens.size() != 4
                ? Usage.ZERO
                : new Usage(count(tokens.get(0)), count(tokens.get(1)), count(tokens.get(2)), count(tokens.get(3)));
    }

    private static long count(@Nullable Object value) {
        return value instanceof BigDecimal number
                        && number.signum() >= 0
                        && number.compareTo(BigDecimal.valueOf(Long.MAX_VALUE / 1024)) < 0
                ? number.longValue()
                : 0;
    }

    public static List<@Nullable Object> cooling(List<Cooling> cooling) {
        List<@Nullable Object> json = new ArrayList<>();
        for (Cooling credential : cooling) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("c", credential.credential());
            one.put("why", credential.trouble().reason());
            if (credential.until() != null) {
                one.put("until", credential.until());
            }
            if (credential.type() != null) {
                one.put("type", Json.prefix(credential.type(), SummaryJson.MAX_WORD_BYTES));
            }
            json.add(one);
        }
        return json;
    }

    /** Reads what {@link #cooling} wrote; what is no such thing is passed over. */
    public static List<Cooling> readCooling(List<@Nullable Object> json) {
        List<Cooling> cooling = new ArrayList<>();
        for (Object entry : json) {
            Fields one = Fields.of(entry);
            Integer credential = one.smallCount("c");
            Trouble trouble = Trouble.ofReason(one.string("why"));
            if (credential != null && trouble != null && cooling.size() < MAX_CREDENTIALS) {
                cooling.add(new Cooling(credential, trouble, one.time("until"), one.string("type")));
            }
        }
        return cooling;
    }

    /** Windows as {@code type: [percent, resetsAt, seenAt]}, for short. */
    public static List<@Nullable Object> outlook(List<Outlook> outlook) {
        List<@Nullable Object> json = new ArrayList<>();
        for (Outlook credential : outlook) {
            Map<String, @Nullable Object> windows = new LinkedHashMap<>();
            for (Window window : credential.windows()) {
                if (windows.size() < MAX_WINDOWS) {
                    windows.put(
                            Json.prefix(window.type(), MAX_TYPE_BYTES),
                            List.of(window.percent(), window.resetsAt(), window.seenAt()));
                }
            }
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("c", credential.credential());
            if (credential.expiresAt() != null) {
                one.put("exp", credential.expiresAt());
            }
            if (!windows.isEmpty()) {
                one.put("w", windows);
            }
            json.add(one);
        }
        return json;
    }

    /** Reads what {@link #outlook} wrote; what is no such thing is passed over. */
    public static List<Outlook> readOutlook(List<@Nullable Object> json) {
        List<Outlook> outlook = new ArrayList<>();
        for (Object entry : json) {
            Fields one = Fields.of(entry);
            Integer credential = one.smallCount("c");
            if (credential == null || outlook.size() == MAX_CREDENTIALS) {
                continue;
            }
            List<Window> windows = new ArrayList<>();
            one.entries("w").forEach((type, value) -> {
                List<@Nullable Object> numbers = Json.asArray(value);
                if (numbers != null && numbers.size() == 3 && windows.size() < MAX_WINDOWS) {
                    windows.add(new Window(
                            type,
                            Math.clamp(count(numbers.get(0)), 0, MAX_PERCENT),
                            Math.clamp(count(numbers.get(1)), 0, Fields.LAST_SECOND),
                            Math.clamp(count(numbers.get(2)), 0, Fields.LAST_SECOND)));
                }
            });
            outlook.add(new Outlook(credential, one.time("exp"), windows));
        }
        return outlook;
    }

    public static Map<String, @Nullable Object> capped(Capped capped) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("limit", capped.limit());
        json.put("spent", capped.spent());
        return json;
    }

    /** Reads what {@link #capped} wrote; null when it is no such thing. */
    public static @Nullable Capped readCapped(Fields json) {
        Long limit = json.count("limit");
        Long spent = json.count("spent");
        return limit == null || spent == null ? null : new Capped(limit, spent);
    }
}
