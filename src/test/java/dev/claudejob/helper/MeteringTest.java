package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.summary.Summary.Capped;
import dev.claudejob.summary.Summary.Usage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeteringTest {
    @TempDir
    Path dir;

    private ProxyKit kit;

    @BeforeEach
    void start() throws IOException {
        start(Settings.NO_LIMIT);
    }

    private void start(long maxOutputTokens) throws IOException {
        stop();
        kit = new ProxyKit(dir, CredentialKind.OAUTH_TOKEN, Duration.ofSeconds(10), maxOutputTokens);
        kit.rotate("sk-ant-oat01-first");
    }

    @AfterEach
    void stop() {
        if (kit != null) {
            kit.close();
        }
    }

    private static String message(int output) {
        return "{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,\"output_tokens\":" + output + "}}";
    }

    private static void stream(HttpExchange exchange, String... events) throws IOException {
        exchange.getResponseHeaders().set("content-type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        for (String event : events) {
            exchange.getResponseBody().write(("data: " + event + "\n\n").getBytes(UTF_8));
            exchange.getResponseBody().flush();
        }
    }

    private void awaitSpent(Usage usage) {
        await().untilAsserted(() -> assertThat(kit.ledger.spends())
                .singleElement()
                .satisfies(spend -> {
                    assertThat(spend.credential()).isZero();
                    assertThat(spend.total()).isEqualTo(usage);
                }));
    }

    @Test
    void eachAnswerIsAddedUpByItsModel() throws Exception {
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 200, message(5)));
        kit.post("{}");
        kit.upstreamDoes((exchange, body) -> {
            stream(
                    exchange,
                    "{\"message\":{\"model\":\"claude-y\",\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}",
                    "{\"usage\":{\"output_tokens\":7}}");
            exchange.close();
        });
        kit.post("{}");
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 529, "{\"type\":\"error\"}"));
        kit.post("{}");
        awaitSpent(new Usage(11, 12, 0, 0));
        assertThat(kit.ledger.spends().getFirst().models())
                .isEqualTo(Map.of("claude-x", new Usage(10, 5, 0, 0), "claude-y", new Usage(1, 7, 0, 0)));
    }

    @Test
    void anEventIsPassedOnBeforeItIsCountedAndCountedBeforeTheStreamEnds() throws Exception {
        CountDownLatch more = new CountDownLatch(1);
        kit.upstreamDoes((exchange, body) -> {
            stream(
                    exchange,
                    "{\"message\":{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}");
            await().until(() -> more.getCount() == 0);
            exchange.close();
        });
        HttpResponse<InputStream> response = kit.client.send(
                kit.request("/v1/messages")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(new BufferedReader(new InputStreamReader(response.body(), UTF_8)).readLine())
                .startsWith("data:");
        awaitSpent(new Usage(10, 1, 0, 0));
        Ledger afterAKill = new Ledger(kit.state.resolve("counts.json"), kit.log);
        assertThat(afterAKill.spends()).isEqualTo(kit.ledger.spends());
        more.countDown();
    }

    @Test
    void aHundredStreamsAtOnceLoseNothing() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            stream(
                    exchange,
                    "{\"message\":{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}",
                    "{\"usage\":{\"output_tokens\":50}}");
            exchange.close();
        });
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> all = IntStream.range(0, 100)
                    .mapToObj(i ->
                            CompletableFuture.runAsync(() -> kit.postAsync("{}").join(), threads))
                    .toList();
            all.forEach(CompletableFuture::join);
        }
        awaitSpent(new Usage(1000, 5000, 0, 0));
        assertThat(new Ledger(kit.state.resolve("counts.json"), kit.log).spends())
                .isEqualTo(kit.ledger.spends());
    }

    @Test
    void theRequestAfterTheOneThatCrossesTheLimitIsRefused() throws Exception {
        start(100);
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 200, message(70)));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        awaitSpent(new Usage(10, 70, 0, 0));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        awaitSpent(new Usage(20, 140, 0, 0));
        assertThat(kit.ledger.capped()).isNull();

        HttpResponse<String> refused = kit.post("x".repeat(300_000));
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(refused.body()).contains("billing_error", "limits.maxOutputTokens");
        assertThat(kit.allSeen()).hasSize(2);
        assertThat(kit.ledger.capped()).isEqualTo(new Capped(100, 140));
        assertThat(kit.client
                        .send(kit.request("/v1/models").build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void theLimitOutlivesTheHelper() throws Exception {
        start(100);
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 200, message(100)));
        kit.post("{}");
        awaitSpent(new Usage(10, 100, 0, 0));
        start(100);
        assertThat(kit.post("{}").statusCode()).isEqualTo(402);
        assertThat(kit.ledger.capped()).isEqualTo(new Capped(100, 100));
    }

    private static final String START =
            "{\"type\":\"message_start\",\"message\":{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}";
    private static final String TEXT =
            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"all\"}}";
    private static final String DELTA =
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":40}}";
    private static final String MOST_30 = "{\"max_tokens\":30}";

    private void awaitEstimate(long tokens) {
        await().untilAsserted(() -> assertThat(kit.ledger.spends())
                .singleElement()
                .satisfies(spend -> assertThat(spend.models()).containsEntry("estimated", new Usage(0, tokens, 0, 0))));
    }

    private void awaitEnds(int requests) {
        await().untilAsserted(() -> assertThat(kit.ledger.counts().ok()).isEqualTo(requests));
    }

    private long estimates() {
        return kit.ledger.spends().stream()
                .filter(spend -> spend.models().containsKey("estimated"))
                .count();
    }

    /** Posts, waits for the upstream to see it, and goes away once so many lines were read. */
    private void postAndHangUp(String body, int lines) throws IOException, InterruptedException {
        try (Socket agent = new Socket("127.0.0.1", kit.port())) {
            agent.getOutputStream()
                    .write(("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: " + body.length() + "\r\n\r\n"
                                    + body)
                            .getBytes(UTF_8));
            kit.seen.take();
            BufferedReader reader = new BufferedReader(new InputStreamReader(agent.getInputStream(), UTF_8));
            for (int i = 0; i < lines; ) {
                i += reader.readLine().startsWith("data:") ? 1 : 0;
            }
        }
    }

    @Test
    void anAgentThatHangsUpBeforeTheApisLastWordIsChargedWhatItsRequestAllows() throws Exception {
        start(100);
        CountDownLatch end = new CountDownLatch(1);
        kit.upstreamDoes((exchange, body) -> {
            stream(exchange, START, TEXT);
            await().until(() -> end.getCount() == 0);
        });
        postAndHangUp(MOST_30, 2);
        awaitEstimate(29);
        assertThat(kit.printed()).contains("29 output tokens are charged");
        postAndHangUp("{}", 2);
        awaitEstimate(29 + 99);
        assertThat(kit.post("{}").statusCode()).isEqualTo(402);
        end.countDown();
    }

    @Test
    void anAgentThatDoesNotWaitForTheAnswerIsChargedForIt() throws Exception {
        start(100);
        CountDownLatch end = new CountDownLatch(1);
        kit.upstreamDoes((exchange, body) -> {
            await().until(() -> end.getCount() == 0);
            exchange.close();
        });
        postAndHangUp(MOST_30, 0);
        awaitEstimate(30);
        end.countDown();
    }

    @Test
    void whatTheApiSaidOfAnAnswerIsAllThatIsCharged() throws Exception {
        start(100);
        CountDownLatch end = new CountDownLatch(1);
        kit.upstreamDoes((exchange, body) -> {
            stream(exchange, START, TEXT, DELTA, "{\"type\":\"message_stop\"}");
            await().until(() -> end.getCount() == 0);
        });
        postAndHangUp(MOST_30, 4);
        end.countDown();
        kit.upstreamDoes((exchange, body) -> {
            stream(exchange, START, TEXT, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}");
            exchange.close();
        });
        kit.post(MOST_30);
        awaitEnds(2);
        awaitSpent(new Usage(20, 41, 0, 0));
        assertThat(estimates()).isZero();
    }

    @Test
    void anAnswerThatDoesNotTellWhatItUsedIsChargedWhatItsRequestAllows() throws Exception {
        start(100);
        kit.upstreamDoes((exchange, body) -> {
            stream(exchange, START, TEXT);
            exchange.close();
        });
        kit.post(MOST_30);
        awaitEstimate(29);
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 200, "{\"model\":\"claude-x\"}"));
        kit.post("{\"max_tokens\":5,\"MAX_TOKENS\":7}");
        awaitEstimate(129);
        assertThat(kit.post(MOST_30).statusCode()).isEqualTo(402);
    }

    @Test
    void withoutALimitNothingIsEstimated() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            stream(exchange, START, TEXT);
            exchange.close();
        });
        kit.post(MOST_30);
        awaitEnds(1);
        awaitSpent(new Usage(10, 1, 0, 0));
    }

    @Test
    void countingTokensCostsNone() throws Exception {
        start(100);
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 200, "{\"input_tokens\":12345}"));
        kit.client.send(
                kit.request("/v1/messages/count_tokens")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.discarding());
        awaitEnds(1);
        assertThat(kit.ledger.spends()).isEmpty();
    }

    @Test
    void underALimitAnAnswerThatCanNotBeMeteredIsRefused() throws Exception {
        HttpResponse<String> refused;
        start(100);
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("content-encoding", "gzip");
            ProxyKit.reply(exchange, 200, "{}");
        });
        refused = kit.post("{}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("can't be metered");
        assertThat(kit.post("{}").statusCode()).isEqualTo(402);
        start(Settings.NO_LIMIT);
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("content-encoding", "gzip");
            ProxyKit.reply(exchange, 200, "{}");
        });
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
    }
}
