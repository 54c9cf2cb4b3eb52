package dev.claudejob.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The real kubectl, as people use it. It finds the cluster by the environment variable {@code KUBECONFIG}, and is itself found by
 * {@code KUBECTL} or on the PATH.
 *
 * @param namespace where everything happens that names no other namespace
 */
record Kubectl(String namespace) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

    /** Longer than any answer takes, also on a busy machine; {@link #tryAwait} adds what it waits for. */
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    record Output(List<String> command, int exitCode, String out, String err) {
        boolean ok() {
            return exitCode == 0;
        }

        @Override
        public String toString() {
            return "`kubectl " + String.join(" ", command) + "` ended with " + exitCode + ":\n" + err + out;
        }
    }

    Kubectl in(String other) {
        return new Kubectl(other);
    }

    /** Runs kubectl and returns its standard output. Anything but exit code 0 fails the test. */
    String run(String... arguments) {
        return succeeded(execute("", PATIENCE, List.of(arguments)));
    }

    /** Runs kubectl, however it ends. */
    Output tryRun(String... arguments) {
        return execute("", PATIENCE, List.of(arguments));
    }

    String apply(String yaml) {
        return succeeded(execute(yaml, PATIENCE, List.of("apply", "-f", "-")));
    }

    JsonNode json(String... arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("-o", "json"));
        return parse(succeeded(execute("", PATIENCE, command)));
    }

    /** Starts kubectl, for somebody who reads what it prints and ends it. */
    Process start(String... arguments) {
        try {
            return new ProcessBuilder(command(List.of(arguments)))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Applies, however it ends. */
    Output tryApply(String yaml, String... options) {
        List<String> command = new ArrayList<>(List.of("apply", "-f", "-"));
        command.addAll(List.of(options));
        return execute(yaml, PATIENCE, command);
    }

    /** Deletes what it would apply, if it is there. */
    void deleteAll(String yaml) {
        succeeded(execute(yaml, PATIENCE, List.of("delete", "-f", "-", "--ignore-not-found", "--wait=false")));
    }

    /** Blocks until the condition holds, as {@code kubectl wait --for} takes it. */
    void await(String object, String condition) {
        succeeded(tryAwait(object, condition, Space.PATIENCE));
    }

    /** Blocks until there is no such object. */
    void awaitEnd(String object) {
        await(object, "delete");
    }

    /** The same for a limit of its own, whether the condition holds or not. */
    Output tryAwait(String object, String condition, Duration limit) {
        return execute(
                "",
                limit.plus(PATIENCE),
                List.of("wait", object, "--for=" + condition, "--timeout=" + limit.toMillis() + "ms"));
    }

    JsonNode post(String path, String body) {
        return parse(succeeded(execute(body, PATIENCE, List.of("create", "--raw", path, "-f", "-"))));
    }

    void delete(String path) {
        run("delete", "--raw", path);
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("kubectl printed no JSON", e);
        }
    }

    private static String succeeded(Output output) {
        if (!output.ok()) {
            throw new AssertionError(output.toString());
        }
        return output.out();
    }

    private List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>(
                List.of(Objects.requireNonNullElse(System.getenv("KUBECTL"), "kubectl"), "--namespace", namespace));
        command.addAll(arguments);
        return command;
    }

    private Output execute(String input, Duration limit, List<String> arguments) {
        List<String> command = command(arguments);
        try {
            Process process = new ProcessBuilder(command).start();
            try {
                CompletableFuture<String> out = read(process.getInputStream());
                CompletableFuture<String> err = read(process.getErrorStream());
                try (OutputStream in = process.getOutputStream()) {
                    in.write(input.getBytes(StandardCharsets.UTF_8));
                }
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("no end of `" + String.join(" ", command) + "` within " + limit);
                }
                return new Output(arguments, process.exitValue(), out.join(), err.join());
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted during `" + String.join(" ", command) + "`", e);
        }
    }

    private static CompletableFuture<String> read(InputStream stream) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (stream) {
                        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                THREADS);
    }
}
