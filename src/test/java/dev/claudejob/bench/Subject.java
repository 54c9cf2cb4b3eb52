package dev.claudejob.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A proxy under test, as a process. */
final class Subject implements AutoCloseable {
    final String name;
    final int port;
    private final Process process;

    private Subject(String name, int port, Process process) {
        this.name = name;
        this.port = port;
        this.process = process;
    }

    /** What starts one: a command, its environment, and where it will listen. */
    record Recipe(String name, List<String> command, Map<String, String> environment, int port, Path log) {
        Subject start() throws IOException {
            ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile());
            builder.environment().clear();
            builder.environment().putAll(environment);
            return new Subject(name, port, builder.start());
        }
    }

    /** Milliseconds from exec until it has answered a request through the upstream. */
    static double timeToFirstAnswer(Recipe recipe, byte[] request) throws IOException {
        long begin = System.nanoTime();
        try (Subject subject = recipe.start()) {
            subject.awaitAnswer(request);
            return (System.nanoTime() - begin) / 1e6;
        }
    }

    void awaitAnswer(byte[] request) throws IOException {
        for (long end = System.nanoTime() + 20_000_000_000L; ; ) {
            try (Client client = Client.to(port, null)) {
                client.ask(request);
                return;
            } catch (IOException e) {
                if (System.nanoTime() > end || !process.isAlive()) {
                    throw new IOException(name + " never answered: " + e.getMessage(), e);
                }
                LockSupport.parkNanos(500_000);
            }
        }
    }

    /** MiB, from the kernel: VmRSS now, or VmHWM, the most since {@link #forgetPeak}. */
    double memory(String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith(field + ":")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        throw new IOException("no " + field);
    }

    void forgetPeak() throws IOException {
        Files.writeString(Path.of("/proc/" + process.pid() + "/clear_refs"), "5");
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
