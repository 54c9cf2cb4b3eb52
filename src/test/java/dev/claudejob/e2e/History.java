package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What somebody is shown who watches the jobs of a namespace: each phase and reason, and when. */
final class History implements AutoCloseable {
    /** A failure must have its reason this long after Kubernetes shows it. */
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Process watch;
    private final List<Seen> all = new CopyOnWriteArrayList<>();

    /** One line of {@code kubectl get --watch}. */
    record Seen(Instant at, String job, String phase, String reason) {}

    private History(Process watch) {
        this.watch = watch;
        Thread.ofVirtual().start(this::read);
    }

    /** Begins now. */
    static History of(Space space) {
        return new History(space.kubectl()
                .start(
                        "get",
                        "claudejobs",
                        "--watch",
                        "--no-headers",
                        "-o",
                        "custom-columns=N:.metadata.name,P:.status.phase,R:.status.reason"));
    }

    private void read() {
        try (BufferedReader lines = watch.inputReader()) {
            lines.lines().forEach(line -> {
                String[] words = line.strip().split("\\s+");
                all.add(new Seen(Instant.now(), words[0], words[1], words[2]));
            });
        } catch (RuntimeException | java.io.IOException e) {
            // The watch was ended.
        }
    }

    /**
     * The job gave this reason soon after its failure could be seen, and did not turn to Running in between.
     *
     * @param visible when Kubernetes showed it, in whole seconds
     */
    void told(String job, String reason, Instant visible) {
        Seen told = all.stream()
                .filter(seen -> seen.job().equals(job) && seen.reason().equals(reason))
                .findFirst()
                .orElseThrow(() -> new AssertionError(job + " never said " + reason + ": " + all));
        System.out.printf(
                "FAILURE %-16s %-20s told %.1f s after it was visible%n",
                job, reason, Duration.between(visible, told.at()).toMillis() / 1000.0);
        assertThat(Duration.between(visible, told.at()))
                .as(job + " says " + reason)
                .isLessThan(SOON);
        assertThat(all)
                .filteredOn(seen -> seen.job().equals(job)
                        && seen.at().isAfter(visible.plusSeconds(1))
                        && seen.at().isBefore(told.at()))
                .as("meanwhile")
                .noneMatch(seen -> seen.phase().equals("Running"));
    }

    @Override
    public void close() {
        watch.destroy();
    }
}
