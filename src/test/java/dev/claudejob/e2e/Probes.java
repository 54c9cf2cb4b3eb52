package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** What probes saw, one each. */
record Probes(List<Probe> all) {
    /**
     * One probe.
     *
     * @param verdict {@code held}, or what was breached
     * @param tried in words
     * @param saw details; may be empty
     */
    record Probe(String name, String verdict, String tried, String saw) {
        boolean held() {
            return verdict.equals("held");
        }
    }

    /** Reads the lines of {@code probes/run.sh}. */
    static Probes read(String text) {
        List<Probe> all = new ArrayList<>();
        for (String line : text.lines().filter(l -> l.startsWith("PROBE|")).toList()) {
            String[] parts = line.split("\\|", 5);
            assertThat(parts).as(line).hasSize(5);
            all.add(new Probe(parts[1], parts[2], parts[3], parts[4]));
        }
        return new Probes(all);
    }

    void print(String title) {
        StringBuilder table = new StringBuilder("\n" + title + ": " + all.size() + " probes\n");
        for (Probe probe : all) {
            table.append("  %-26s %-6s %s%s%n"
                    .formatted(
                            probe.name(),
                            probe.verdict(),
                            probe.tried(),
                            probe.saw().isEmpty() ? "" : " [" + probe.saw() + "]"));
        }
        System.out.print(table);
    }

    List<String> names() {
        return all.stream().map(Probe::name).toList();
    }

    List<Probe> breached() {
        return all.stream().filter(p -> !p.held()).toList();
    }
}
