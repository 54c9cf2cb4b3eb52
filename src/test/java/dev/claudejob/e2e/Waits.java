package dev.claudejob.e2e;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How long requests waited between a refusal and their replay, by the times that the node gave the lines of the helper's log.
 *
 * @param all in their order
 */
record Waits(List<Wait> all) {
    private static final String BEGIN = "helper: the API refuses credential";
    private static final String END = "helper: another credential is there";

    /** From a 401 until the request went out again. */
    record Wait(Instant from, Instant until) {
        Duration length() {
            return Duration.between(from, until);
        }
    }

    /**
     * One rotation.
     *
     * @param order what came first
     * @param written when the apiserver had the new Secret
     */
    record Window(String order, Instant begun, Instant written, Instant seen) {}

    /** @param lines as {@code kubectl logs --timestamps} prints them */
    static Waits read(Stream<String> lines) {
        List<Wait> waits = new ArrayList<>();
        Instant from = null;
        for (String line : lines.toList()) {
            String[] parts = line.split(" ", 2);
            if (parts.length == 2 && parts[1].startsWith(BEGIN) && from == null) {
                from = Instant.parse(parts[0]);
            } else if (parts.length == 2 && parts[1].startsWith(END) && from != null) {
                waits.add(new Wait(from, Instant.parse(parts[0])));
                from = null;
            }
        }
        return new Waits(List.copyOf(waits));
    }

    /** Prints, for each order, how long requests waited once the new Secret was there. */
    void report(String title, List<Window> windows) {
        List<Duration> everyOne = new ArrayList<>();
        for (String order : windows.stream().map(Window::order).distinct().toList()) {
            List<Duration> some = windows.stream()
                    .filter(w -> w.order().equals(order))
                    .flatMap(w -> within(w).stream())
                    .toList();
            print(title + " " + order, some);
            everyOne.addAll(some);
        }
        print(title + " all", everyOne);
        System.out.printf(
                "ROTATION %s: %d rotations, %d requests were refused and sent again%n",
                title, windows.size(), all.size());
    }

    private Optional<Duration> within(Window window) {
        return all.stream()
                .filter(w -> w.from().isAfter(window.begun()) && w.until().isBefore(window.seen()))
                .findFirst()
                .map(w ->
                        Duration.between(w.from().isAfter(window.written()) ? w.from() : window.written(), w.until()));
    }

    private static void print(String title, List<Duration> waits) {
        List<Duration> sorted = waits.stream().sorted().toList();
        if (!sorted.isEmpty()) {
            System.out.printf(
                    Locale.ROOT,
                    "ROTATION %-32s n=%2d p50=%.2f s p99=%.2f s max=%.2f s%n",
                    title,
                    sorted.size(),
                    seconds(sorted, 0.5),
                    seconds(sorted, 0.99),
                    seconds(sorted, 1));
        }
    }

    private static double seconds(List<Duration> sorted, double share) {
        return sorted.get((int) Math.max(0, Math.ceil(share * sorted.size()) - 1))
                        .toMillis()
                / 1000.0;
    }
}
