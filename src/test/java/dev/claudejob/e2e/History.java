package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** What somebody is shown who watches the jobs of a namespace: each phase and reason, and when. */
final class History implements AutoCloseable {
    /** A failure must have its reason this long after Kubernetes shows it. */
    private static final Duration SOON = Duration.ofSeconds(30);

    private final List<Process> watches;
    private final List<Seen> jobs = new CopyOnWriteArrayList<>();
    private final List<Seen> ends = new CopyOnWriteArrayList<>();

    /** One line of {@code kubectl get --watch}. */
    record Seen(Instant at, String job, String phase, String reason) {}

    private History(Process jobs, Process ends) {
        watches = List.of(jobs, ends);
        Thread.ofVirtual().start(() -> read(jobs, this.jobs));
        Thread.ofVirtual().start(() -> read(ends, this.ends));
    }

    /** Begins now. */
    static History of(Space space) {
        return new History(
                watch(space, "claudejobs", "N:.metadata.name,P:.status.phase,R:.status.reason"),
                watch(
                        space,
                        "pods",
                        "N:.metadata.labels.claudejob\\.dev/job-name,"
                                + "A:.status.containerStatuses[?(@.name=='claude')].state.terminated.exitCode,"
                                + "H:.status.initContainerStatuses[?(@.name=='helper')].state.terminated.exitCode"));
    }

    private static Process watch(Space space, String objects, String columns) {
        return space.kubectl().start("get", objects, "--watch", "--no-headers", "-o", "custom-columns=" + columns);
    }

    private static void read(Process watch, List<Seen> all) {
        try (BufferedReader lines = watch.inputReader()) {
            lines.lines().forEach(line -> {
                String[] words = line.strip().split("\\s+");
                all.add(new Seen(Instant.now(), words[0], words[1], words[2]));
            });
        } catch (IOException | UncheckedIOException e) {
            // The watch was ended.
        }
    }

    /** True when the job waited for nothing, as far as anybody was told. */
    boolean undisturbed(String job) {
        return jobs.stream()
                .noneMatch(seen -> seen.job().equals(job) && seen.phase().equals("Waiting"));
    }

    /** When the end of a job's agent was shown: on a busy node, long after it came. */
    Instant agentEnded(String job) {
        return shown(job, seen -> !seen.phase().equals("<none>"));
    }

    /** The same for its agent and its helper: who knows of both knows all. */
    Instant bothEnded(String job) {
        return shown(
                job, seen -> !seen.phase().equals("<none>") && !seen.reason().equals("<none>"));
    }

    private Instant shown(String job, Predicate<Seen> what) {
        return ends.stream()
                .filter(seen -> seen.job().equals(job))
                .filter(what)
                .map(Seen::at)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no end of " + job + " was shown: " + ends));
    }

    /**
     * The job gave this reason soon after its failure could be seen, and did not turn to Running in between.
     *
     * @param visible when Kubernetes showed it
     */
    void told(String job, String reason, Instant visible) {
        Instant told = jobs.stream()
                .filter(seen -> seen.job().equals(job) && seen.reason().equals(reason))
                .map(Seen::at)
                .findFirst()
                .orElseThrow(() -> new AssertionError(job + " never said " + reason + ": " + jobs));
        Duration took = Duration.between(visible, told);
        System.out.printf(
                "FAILURE %-20s %-24s told %.1f s after it was visible%n", job, reason, took.toMillis() / 1000.0);
        assertThat(took).as(job + " says " + reason).isLessThan(SOON);
        assertThat(jobs)
                .filteredOn(seen -> seen.job().equals(job)
                        && seen.at().isAfter(visible.plusSeconds(1))
                        && seen.at().isBefore(told))
                .as("meanwhile")
                .noneMatch(seen -> seen.phase().equals("Running"));
    }

    @Override
    public void close() {
        watches.forEach(Process::destroy);
    }
}
