package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.claudejob.summary.FullResult;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.Summary.Exit;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The helper as a process of its own, as the kubelet starts and stops it. */
class MainTest {
    private static final String SECRET = HelperProcess.SECRET;

    @TempDir
    Path dir;

    private final List<Process> started = new ArrayList<>();
    private HttpServer upstream;
    private HelperProcess kit;

    @BeforeEach
    void layOut() throws IOException {
        upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.createContext("/", exchange -> {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            ProxyKit.reply(exchange, 200, "{}");
        });
        upstream.start();
        kit = new HelperProcess(dir, "http://127.0.0.1:" + upstream.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        started.forEach(Process::destroyForcibly);
        upstream.stop(0);
    }

    private Process helper(boolean withCredential, String... arguments) throws IOException {
        Process process = kit.start(withCredential, Map.of(), arguments);
        started.add(process);
        return process;
    }

    private void awaitGo() {
        await().until(kit::agentMayStart);
    }

    private void term(Process process) throws IOException, InterruptedException {
        long start = System.nanoTime();
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        long took = System.nanoTime() - start;
        if (took >= 1_000_000_000L) {
            // On a machine with other things to do a second is no measure: what takes a twentieth of one elsewhere is.
            assertThat(took)
                    .as("stops in a second, or what passes for one here")
                    .isLessThan(20 * bareStart());
        }
        assertThat(process.exitValue()).isZero();
    }

    /** How long a JVM takes to say its version, in nanoseconds. */
    private static long bareStart() throws IOException, InterruptedException {
        long start = System.nanoTime();
        new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        return System.nanoTime() - start;
    }

    private Summary summary() throws IOException {
        return Summary.parse(Files.readString(dir.resolve("message")));
    }

    private String log() throws IOException {
        return kit.log();
    }

    private int probe(String path) throws IOException, InterruptedException {
        return kit.probe(path);
    }

    private void post() throws IOException, InterruptedException {
        assertThat(kit.post()).isEqualTo(200);
    }

    @Test
    void aRunIsSummedUpWhenTheHelperIsStopped() throws Exception {
        Files.writeString(dir.resolve("credentials/token"), SECRET + "\n");
        Process process = helper(true);
        awaitGo();
        assertThat(probe("/readyz")).isEqualTo(200);
        post();
        String text = "The token is " + SECRET + ". " + "x".repeat(5000);
        Files.writeString(
                dir.resolve("shared/events.jsonl"),
                """
                {"type":"system","subtype":"init","session_id":"s-1","model":"claude-x","claude_code_version":"2.1.330"}
                {"type":"assistant","message":{"content":[{"type":"text","text":"claudejob-result {}\\nHi"}]}}
                """
                        + Json.write(Map.of(
                                "type",
                                "result",
                                "subtype",
                                "success",
                                "is_error",
                                false,
                                "result",
                                text,
                                "num_turns",
                                1))
                        + "\n");
        Files.writeString(dir.resolve("shared/exit.json"), "{\"rc\":0,\"term\":0,\"exit\":0}");
        term(process);

        assertThat(Files.size(dir.resolve("message"))).isLessThanOrEqualTo(Summary.MAX_BYTES);
        Summary summary = summary();
        assertThat(summary.event()).isEqualTo(Event.RESULT);
        assertThat(summary.isError()).isFalse();
        assertThat(summary.cli()).isEqualTo("2.1.330");
        assertThat(summary.exit()).isEqualTo(new Exit(0, false, 0));
        assertThat(summary.proxy().requests()).isEqualTo(1);
        assertThat(summary.text()).startsWith("The token is [redacted]. xxx");
        assertThat(summary.cut()).isTrue();
        assertThat(FullResult.find(log()).orElseThrow().text())
                .isEqualTo(text.replace(SECRET, "[redacted]"))
                .hasSize(summary.bytes().intValue());
        assertThat(log())
                .contains("[start] Claude Code 2.1.330, model claude-x", "[assistant]\n  claudejob-result {}\n  Hi\n")
                .contains(
                        "[result] success", "lends credential app/token (oauthToken) to requests for http://127.0.0.1")
                .doesNotContain(SECRET)
                .endsWith("}\n");
    }

    @Test
    void theAgentWaitsUntilTheCredentialIsThere() throws Exception {
        Process process = helper(true);
        await().until(() -> log().contains("the agent waits: credential app/token is not there yet"));
        assertThat(probe("/readyz")).isEqualTo(503);
        assertThat(probe("/healthz")).isEqualTo(200);
        assertThat(dir.resolve("go/go")).doesNotExist();
        Files.writeString(dir.resolve("credentials/token"), SECRET);
        awaitGo();
        assertThat(probe("/readyz")).isEqualTo(200);
        term(process);
        assertThat(summary().event()).isEqualTo(Event.NONE);
        assertThat(summary().why()).isEqualTo("there is no event file");
        assertThat(summary().proxy()).isNotNull();
    }

    @Test
    void anAgentWithItsOwnCredentialStartsAtOnceAndHasNoProxy() throws Exception {
        Process process = helper(false);
        awaitGo();
        assertThat(probe("/readyz")).isEqualTo(200);
        term(process);
        assertThat(summary().proxy()).isNull();
    }

    @Test
    void aKilledHelperGoesOnWhereItWas() throws Exception {
        Files.writeString(dir.resolve("credentials/token"), SECRET);
        Process first = helper(true);
        awaitGo();
        Files.writeString(
                dir.resolve("shared/events.jsonl"), "{\"type\":\"result\",\"is_error\":true,\"errors\":[\"e\"]}\n");
        post();
        await().until(() -> Files.exists(dir.resolve("state/counts.json")));
        first.destroyForcibly().waitFor();
        Process second = helper(true);
        await().until(() -> log().contains("[result] error"));
        post();
        term(second);
        assertThat(summary().event()).isEqualTo(Event.RESULT);
        assertThat(summary().errors()).isEqualTo("e");
        assertThat(summary().proxy().requests()).isEqualTo(2);
    }

    @Test
    void aFifoInPlaceOfTheAgentsFilesDelaysNothing() throws Exception {
        Process process = helper(false);
        awaitGo();
        for (String name : List.of("events.jsonl", "exit.json")) {
            new ProcessBuilder("mkfifo", dir.resolve("shared").resolve(name).toString())
                    .start()
                    .waitFor();
        }
        term(process);
        assertThat(summary().event()).isEqualTo(Event.NONE);
        assertThat(summary().why()).isEqualTo("events.jsonl is not a regular file");
        assertThat(summary().exit()).isNull();
    }

    @Test
    void requestsOf32MegabytesAtOnceFitIntoTheHeapOfProduction() throws Exception {
        Files.writeString(dir.resolve("credentials/token"), SECRET + "\n");
        Process process = helper(true);
        awaitGo();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + kit.port + "/v1/messages"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[32_000_000]))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertThat(Stream.generate(() -> client.sendAsync(request, HttpResponse.BodyHandlers.discarding()))
                            .limit(5)
                            .toList())
                    .allSatisfy(answer -> assertThat(answer.get().statusCode()).isEqualTo(200));
        }
        term(process);
        assertThat(summary().proxy().requests()).isEqualTo(5);
    }

    @Test
    void aRehearsalGoesThroughARunOverTlsAndEndsWell() throws Exception {
        Process process = helper(false, "--train");
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(log()).contains("another credential is there", "[result] success");
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void aHelperThatCannotStartSaysWhyInItsTerminationMessage() throws Exception {
        try (ServerSocket taken = new ServerSocket(kit.probePort)) {
            Process process = helper(false);
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
            assertThat(taken.isBound()).isTrue();
        }
        assertThat(summary().why()).startsWith("the helper can't start: ");
        assertThat(new String(Files.readAllBytes(dir.resolve("log")), UTF_8)).doesNotContain("\tat ");
    }
}
