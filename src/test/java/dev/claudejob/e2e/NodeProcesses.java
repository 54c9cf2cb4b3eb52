package dev.claudejob.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The processes of a Pod, as an administrator of its node sees them: the testbed's node is this machine.
 *
 * @param uid the Pod's
 */
record NodeProcesses(String uid) {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    /** Where a container's processes are found: in cgroup v1 the controller's, in v2 all is one. */
    private static final Path MEMORY =
            Files.isDirectory(CGROUPS.resolve("memory")) ? CGROUPS.resolve("memory") : CGROUPS;

    /** All of them. */
    List<ProcessHandle> all() {
        // Cgroups of other Pods come and go while one looks.
        return await().ignoreExceptionsInstanceOf(UncheckedIOException.class).until(this::look, found -> true);
    }

    private List<ProcessHandle> look() {
        return cgroups().stream()
                .flatMap(NodeProcesses::lines)
                .distinct()
                .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
                .toList();
    }

    private List<Path> cgroups() {
        try (Stream<Path> found = Files.find(
                MEMORY,
                10,
                (path, attributes) ->
                        path.endsWith("cgroup.procs") && path.toString().contains("pod" + uid))) {
            return found.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The helper's. */
    ProcessHandle helper() {
        return with(line -> line.contains("@/opt/claudejob/helper.args"));
    }

    /** The first of the agent's container: its end is the container's. */
    ProcessHandle agent() {
        return with(line -> line.startsWith("/bin/sh\0-c\0"));
    }

    /** Where one puts a process to have it counted as one of the container's. */
    Path cgroupOf(ProcessHandle process) {
        return cgroups().stream()
                .filter(file -> lines(file).anyMatch(Long.toString(process.pid())::equals))
                .findFirst()
                .orElseThrow();
    }

    /**
     * Runs a script as soon as a process has ended: a kubelet takes a third of a second to notice.
     *
     * @param script {@code $2} and on are the arguments
     */
    static Process atTheEndOf(ProcessHandle process, String script, String... arguments) {
        try {
            return new ProcessBuilder(Stream.concat(
                                    Stream.of(
                                            "sh",
                                            "-c",
                                            "tail --pid=\"$1\" -s 0.02 -f /dev/null; " + script,
                                            "sh",
                                            Long.toString(process.pid())),
                                    Stream.of(arguments))
                            .toList())
                    .inheritIO()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for it. */
    private ProcessHandle with(Predicate<String> commandLine) {
        return await().atMost(Space.PATIENCE)
                .until(
                        () -> all().stream()
                                .filter(process -> commandLine.test(commandLine(process)))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    /** Stops it as SIGSTOP does: it is there, and does nothing. */
    static void freeze(ProcessHandle process) {
        sh("kill -STOP \"$1\"", Long.toString(process.pid()));
    }

    static void sh(String script, String... arguments) {
        try {
            Process process = new ProcessBuilder(
                            Stream.concat(Stream.of("sh", "-c", script, "sh"), Stream.of(arguments))
                                    .toList())
                    .inheritIO()
                    .start();
            if (process.waitFor() != 0) {
                throw new AssertionError(script + " ended with " + process.exitValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException e) {
            // It has ended meanwhile.
            return "";
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            // A cgroup, or a process, that went meanwhile.
            return Stream.of();
        }
    }
}
