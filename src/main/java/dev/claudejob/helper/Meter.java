package dev.claudejob.helper;

import dev.claudejob.summary.Summary.Spend;
import dev.claudejob.summary.Summary.Usage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;

/** Tokens by credential and model. Not thread-safe: the {@link Ledger} guards it. */
final class Meter {
    /** Stands in a model's place for what no answer told. */
    static final String ESTIMATED = "estimated";

    // An upstream may name as many models as it likes.
    static final int MAX_MODELS = 16;
    private static final int MAX_NAME = 64;
    private static final String OTHERS = "others";

    private final TreeMap<Integer, SequencedMap<String, Usage>> spent = new TreeMap<>();

    /** Goes on from what was spent before. */
    Meter(List<Spend> before) {
        for (Spend spend : before) {
            spend.models().forEach((model, usage) -> add(spend.credential(), model, usage));
        }
    }

    void add(int credential, String model, Usage more) {
        SequencedMap<String, Usage> models = spent.computeIfAbsent(credential, key -> new LinkedHashMap<>());
        String name = name(model);
        boolean room = models.containsKey(name) || models.size() < MAX_MODELS;
        models.merge(room ? name : OTHERS, more, Usage::plus);
    }

    /** Cut here, so that no two names become one where they are written. */
    private static String name(String model) {
        String plain = model.replaceAll("[^A-Za-z0-9._:/@-]", "_");
        return plain.isEmpty() ? "unknown" : plain.substring(0, Math.min(plain.length(), MAX_NAME));
    }

    long outputTokens() {
        return spends().stream().mapToLong(spend -> spend.total().out()).sum();
    }

    List<Spend> spends() {
        return spent.entrySet().stream()
                .map(entry -> new Spend(
                        entry.getKey(),
                        entry.getValue().values().stream().reduce(Usage.ZERO, Usage::plus),
                        entry.getValue()))
                .toList();
    }
}
