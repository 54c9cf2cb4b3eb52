package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.claudejob.credential.CredentialKind;
import dev.claudejob.helper.ProxyKit.Seen;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private ProxyKit kit;

    @BeforeEach
    void start() throws IOException {
        start(CredentialKind.OAUTH_TOKEN, LONG);
    }

    private void start(CredentialKind kind, Duration patience) throws IOException {
        stop();
        kit = new ProxyKit(dir, kind, patience);
        kit.rotate("sk-ant-oat01-first\n");
    }

    @AfterEach
    void stop() {
        if (kit != null) {
            kit.close();
        }
    }

    private static void refuseFirst(com.sun.net.httpserver.HttpExchange exchange) throws IOException {
        boolean first = String.valueOf(exchange.getRequestHeaders().getFirst("authorization"))
                .contains("first");
        ProxyKit.reply(exchange, first ? 401 : 200, first ? "{\"type\":\"error\"}" : "{\"ok\":true}");
    }

    @Test
    void theRealCredentialTakesThePlaceOfWhateverTheAgentSent() throws Exception {
        assertThat(kit.post(
                                "{}",
                                "authorization",
                                "Bearer sk-ant-oat01-placeholder",
                                "x-api-key",
                                "stolen",
                                "cookie",
                                "a=b",
                                "proxy-authorization",
                                "Basic eDp5",
                                "te",
                                "trailers",
                                "anthropic-beta",
                                "claude-code-1,oauth-2025-04-20",
                                "anthropic-version",
                                "2023-06-01",
                                "x-app",
                                "cli")
                        .body())
                .isEqualTo("{\"ok\":true}");
        Seen seen = kit.seen.take();
        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/prefix/v1/messages?beta=true");
        assertThat(seen.headers().get("authorization")).containsExactly("Bearer sk-ant-oat01-first");
        assertThat(seen.headers().get("anthropic-beta")).containsExactly("claude-code-1,oauth-2025-04-20");
        assertThat(seen.headers().get("anthropic-version")).containsExactly("2023-06-01");
        assertThat(seen.headers().get("x-app")).containsExactly("cli");
        assertThat(seen.headers().get("host")).containsExactly("127.0.0.1:" + kit.upstreamPort());
        assertThat(seen.headers().get("accept-encoding")).containsExactly("identity");
        assertThat(seen.headers()).doesNotContainKeys("X-api-key", "Cookie", "Proxy-authorization", "Te");
    }

    @Test
    void anApiKeyGoesOutInItsOwnHeader() throws Exception {
        start(CredentialKind.API_KEY, LONG);
        kit.rotate("sk-ant-api03-real");
        kit.post("{}", "authorization", "Bearer x", "anthropic-beta", "oauth-2025-04-20");
        Seen seen = kit.seen.take();
        assertThat(seen.headers().get("x-api-key")).containsExactly("sk-ant-api03-real");
        assertThat(seen.headers()).doesNotContainKeys("Authorization", "Anthropic-beta");
    }

    @Test
    void aHeaderThatConnectionNamesGoesNoFurther() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", kit.port())) {
            socket.getOutputStream()
                    .write(
                            ("GET /v1/models HTTP/1.1\r\nhost: x\r\nconnection: close\r\nconnection: X-Evil\r\nx-evil: 1\r\n\r\n")
                                    .getBytes(UTF_8));
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(kit.seen.take().headers()).doesNotContainKey("X-evil");
    }

    @ParameterizedTest
    @CsvSource({
        "POST,/v1/messages/batches", "POST,/v1/files", "GET,/v1/messages", "DELETE,/v1/models/x", "GET,/v1/models/..",
        "GET,/v1/models/%2e%2e", "GET,/v1/organizations/me", "POST,/v1/oauth/token", "GET,/", "PUT,/v1/messages",
        "POST,//v1/messages", "GET,/v1/models/a/b"
    })
    void whatIsNotOnTheListIsNotFound(String method, String path) throws Exception {
        HttpResponse<String> response = kit.client.send(
                kit.request(path)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).startsWith("{").contains("\"not_found_error\"", "\"type\":\"error\"");
        assertThat(kit.seen).isEmpty();
    }

    @Test
    void modelsAreForwardedAndALivenessCheckIsAnsweredHere() throws Exception {
        assertThat(kit.client
                        .send(kit.request("/v1/models/claude-x").build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
        Seen seen = kit.seen.take();
        assertThat(seen.target()).isEqualTo("/prefix/v1/models/claude-x");
        assertThat(seen.headers()).doesNotContainKey("Content-length");
        assertThat(kit.client
                        .send(kit.request("/").HEAD().build(), HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(200);
        assertThat(kit.seen).isEmpty();
    }

    @Test
    void anEventIsPassedOnAsItArrives() throws Exception {
        CountDownLatch more = new CountDownLatch(1);
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("content-type", "text/event-stream");
            exchange.getResponseHeaders().set("set-cookie", "a=b");
            exchange.getResponseHeaders().set("request-id", "req_1");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("event: one\n\n".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            await().until(() -> more.getCount() == 0);
            exchange.getResponseBody().write("event: two\n\n".getBytes(UTF_8));
            exchange.close();
        });
        HttpResponse<InputStream> response = kit.client.send(
                kit.request("/v1/messages")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
        assertThat(response.headers().firstValue("request-id")).contains("req_1");
        assertThat(response.headers().firstValue("set-cookie")).isEmpty();
        BufferedReader reader = new BufferedReader(new InputStreamReader(response.body(), UTF_8));
        assertThat(reader.readLine()).isEqualTo("event: one");
        more.countDown();
        assertThat(reader.readLine()).isEmpty();
        assertThat(reader.readLine()).isEqualTo("event: two");
        assertThat(reader.readLine()).isEmpty();
        assertThat(reader.readLine()).isNull();
        await().untilAsserted(() -> assertThat(kit.ledger.counts().ok()).isEqualTo(1));
    }

    @Test
    void aRefusedRequestWaitsForTheRotatedCredentialAndGoesOutAgainAsItWas() throws Exception {
        kit.upstreamDoes((exchange, body) -> refuseFirst(exchange));
        CompletableFuture<HttpResponse<String>> response = kit.postAsync("{\"prompt\":\"x\"}");
        await().until(() -> kit.readiness.problem().contains("refused"));
        assertThat(response).isNotDone();
        kit.rotate("sk-ant-oat01-second");
        assertThat(response.get().statusCode()).isEqualTo(200);
        assertThat(kit.allSeen())
                .hasSize(2)
                .allSatisfy(seen -> assertThat(new String(seen.body(), UTF_8)).isEqualTo("{\"prompt\":\"x\"}"));
        assertThat(kit.readiness.problem()).isEmpty();
        await().untilAsserted(() -> assertThat(kit.ledger.counts().ok()).isEqualTo(1));
        assertThat(kit.ledger.counts().requests()).isEqualTo(1);
        assertThat(kit.ledger.counts().held()).isEqualTo(1);
        assertThat(kit.ledger.counts().heldMs()).isPositive();
        assertThat(kit.ledger.counts().status()).isEmpty();
        assertThat(kit.printed()).doesNotContain("oat01");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BEDROCK   | 403 | Authentication failed: Please make sure your API Key is valid. | 200",
                "BEDROCK   | 403 | The security token included in the request is invalid.         | 200",
                "BEDROCK   | 403 | Bearer Token has expired                                       | 200",
                "BEDROCK   | 403 | You don't have access to the model with the specified model ID. | 403",
                "AUTH_TOKEN | 403 | The security token included in the request is invalid.         | 403",
                "AUTH_TOKEN | 401 | whatever                                                      | 200"
            })
    void onlyAnAnswerThatRefusesTheCredentialItselfIsHeld(CredentialKind kind, int status, String words, int passedOn)
            throws Exception {
        start(kind, LONG);
        kit.upstreamDoes((exchange, body) -> {
            if (kit.allSeen().size() == 1) {
                kit.rotate("second-value");
                ProxyKit.reply(exchange, status, "{\"Message\":\"" + words + "\"}");
            } else {
                ProxyKit.reply(exchange, 200, "{}");
            }
        });
        String path = kind == CredentialKind.BEDROCK ? "/model/m/invoke" : "/v1/messages";
        HttpResponse<String> response = kit.client.send(
                kit.request(path)
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(passedOn);
        assertThat(response.body()).contains(passedOn == 200 ? "{}" : words);
        await().untilAsserted(() -> assertThat(kit.ledger.counts().ok()).isEqualTo(passedOn == 200 ? 1 : 0));
    }

    @Test
    void aCredentialThatWasRotatedBeforeTheRefusalIsUsedWithoutAWait() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            if (kit.allSeen().size() == 1) {
                kit.rotate("sk-ant-oat01-second");
            }
            refuseFirst(exchange);
        });
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(kit.ledger.counts().held()).isZero();
    }

    @Test
    void aRefusalIsPassedOnWhenNoOtherCredentialComesAndIsNotWaitedForAgain() throws Exception {
        start(CredentialKind.OAUTH_TOKEN, Duration.ofMillis(300));
        kit.upstreamDoes((exchange, body) -> refuseFirst(exchange));
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).isEqualTo("{\"type\":\"error\"}");
        assertThat(kit.post("{}").statusCode()).isEqualTo(401);
        assertThat(kit.ledger.counts().held()).isEqualTo(1);
        kit.rotate("sk-ant-oat01-second");
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        await().untilAsserted(() -> assertThat(kit.ledger.counts().status()).containsExactly(entry(401, 2L)));
    }

    @Test
    void aRequestWaitsForACredentialThatComesLate() throws Exception {
        Files.delete(kit.token);
        CompletableFuture<HttpResponse<String>> response = kit.postAsync("{}");
        await().until(() -> kit.readiness.problem().startsWith("waiting: "));
        assertThat(kit.readiness.problem()).contains("app/token", "not there yet");
        kit.rotate("sk-ant-oat01-late");
        assertThat(response.get().statusCode()).isEqualTo(200);
    }

    @Test
    void aCredentialThatNeverComesEndsInAnErrorThatSaysSo() throws Exception {
        start(CredentialKind.OAUTH_TOKEN, Duration.ofMillis(200));
        kit.rotate("two\nlines");
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).contains("authentication_error", "app/token has more than one line");
        assertThat(kit.seen).isEmpty();
    }

    @Test
    void forbiddenIsPassedOnAtOnce() throws Exception {
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 403, "{\"no\":1}"));
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).isEqualTo("{\"no\":1}");
        assertThat(kit.ledger.counts().held()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Message\":\"Authentication failed: Please make sure your API Key is valid.\"}",
                "{\"message\":\"The security token included in the request is invalid.\"}",
                "{\"Message\":\"Bearer Token has expired\"}"
            })
    void bedrockRefusesAKeyBy403AndTheRequestWaitsForAnother(String refusal) throws Exception {
        start(CredentialKind.BEDROCK, LONG);
        kit.upstreamDoes((exchange, body) -> {
            boolean first = String.valueOf(exchange.getRequestHeaders().getFirst("authorization"))
                    .contains("first");
            ProxyKit.reply(exchange, first ? 403 : 200, first ? refusal : "{}");
        });
        CompletableFuture<HttpResponse<String>> response = kit.client.sendAsync(
                kit.request("/model/m/invoke")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        await().until(() -> kit.readiness.problem().contains("refused"));
        kit.rotate("bedrock-second");
        assertThat(response.get().statusCode()).isEqualTo(200);
    }

    @Test
    void whatBedrocksAccountMayNotDoIsPassedOnAtOnceAsItIs() throws Exception {
        start(CredentialKind.BEDROCK, LONG);
        String denied = "{\"Message\":\"You don't have access to the model with the specified model ID.\"}";
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 403, denied));
        HttpResponse<String> response = kit.client.send(
                kit.request("/model/m/invoke")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(response.body()).isEqualTo(denied);
        assertThat(kit.ledger.counts().held()).isZero();
    }

    @Test
    void aLargeBodyIsSentAgainFromAFileThatHasNoName() throws Exception {
        String body = "x".repeat(300_000);
        kit.upstreamDoes((exchange, sent) -> refuseFirst(exchange));
        CompletableFuture<HttpResponse<String>> response = kit.postAsync(body);
        await().until(() -> !kit.hold.reason().isEmpty());
        try (Stream<Path> files = Files.list(kit.state)) {
            assertThat(files.filter(file -> file.toString().contains("body"))).isEmpty();
        }
        kit.rotate("sk-ant-oat01-second");
        assertThat(response.get().statusCode()).isEqualTo(200);
        assertThat(kit.allSeen())
                .hasSize(2)
                .allSatisfy(seen -> assertThat(new String(seen.body(), UTF_8)).isEqualTo(body));
    }

    @Test
    void aDiskThatTakesNothingCostsTheLargeRequestsAndNoOther() throws Exception {
        try (Stream<Path> files = Files.list(kit.state)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(kit.state);
        HttpResponse<String> large = kit.post("x".repeat(100_000));
        assertThat(large.statusCode()).isEqualTo(503);
        assertThat(large.body()).contains("a large request can't be written to disk");
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        await().untilAsserted(() -> assertThat(kit.ledger.counts().requests()).isEqualTo(3));
        assertThat(kit.printed()).as("said once").containsOnlyOnce("the counts can't be kept");
    }

    @Test
    void aBodyPastTheLimitIsRefused() throws Exception {
        HttpResponse<String> response = kit.post("x".repeat(4 * 1024 * 1024 + 1));
        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(response.body()).contains("request_too_large");
        assertThat(kit.seen).isEmpty();
    }

    @Test
    void aUsageLimitIsNotedFromTheHeadersAndItsResetIsBounded() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-status", "rejected");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-reset", "99999999999");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-representative-claim", "five_hour");
            ProxyKit.reply(exchange, 429, "{}");
        });
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("anthropic-ratelimit-unified-status"))
                .contains("rejected");
        assertThat(kit.ledger.limit()).isNotNull();
        assertThat(kit.ledger.limit().type()).isEqualTo("five_hour");
        assertThat(Instant.ofEpochSecond(kit.ledger.limit().resetsAt()))
                .isBetween(Instant.now().plus(Duration.ofDays(7)), Instant.now().plus(Duration.ofDays(8)));
    }

    @Test
    void howFarTheLimitsAreUsedUpIsNotedFromTheHeadersOfAnyAnswerAndKept() throws Exception {
        long reset = Instant.now().plusSeconds(600).getEpochSecond();
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-5h-utilization", "0.9289");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-5h-reset", Long.toString(reset));
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-7d-utilization", "0.41");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-7d-reset", Long.toString(reset + 9));
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-7d_opus-utilization", "0.5");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-utilization", "0.6");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-x-utilization", "many");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-x-reset", Long.toString(reset));
            ProxyKit.reply(exchange, 200, "{}");
        });
        kit.post("{}");
        assertThat(windows()).containsExactlyInAnyOrder("five_hour 92 " + reset, "seven_day 41 " + (reset + 9));
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-5h-utilization", "1.0");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-5h-reset", Long.toString(reset));
            ProxyKit.reply(exchange, 429, "{}");
        });
        kit.post("{}");
        assertThat(windows())
                .as("one answer need not tell of all limits")
                .containsExactlyInAnyOrder("five_hour 100 " + reset, "seven_day 41 " + (reset + 9));
        assertThat(new Ledger(kit.state.resolve("counts.json"), kit.log).outlook())
                .isEqualTo(kit.ledger.outlook());
    }

    private List<String> windows() {
        return kit.ledger.outlook().getFirst().windows().stream()
                .map(w -> w.type() + " " + w.percent() + " " + w.resetsAt())
                .toList();
    }

    @Test
    void aPlainRateLimitIsNoUsageLimit() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-status", "allowed");
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-reset", "1800000000");
            ProxyKit.reply(exchange, 429, "{}");
        });
        assertThat(kit.post("{}").statusCode()).isEqualTo(429);
        assertThat(kit.ledger.limit()).isNull();
    }

    @Test
    void anUpstreamThatIsNotThereIsABadGatewayAsTheApiWouldSayIt() throws Exception {
        kit.stopUpstream();
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).contains("\"api_error\"", "can't be reached");
        assertThat(kit.ledger.counts().status()).containsExactly(entry(502, 1L));
    }

    @Test
    void anAnswerThatBreaksOffBreaksOffForTheAgentToo() {
        kit.upstreamDoes((exchange, body) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("event: one\n\n".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            throw new IOException("breaks off");
        });
        assertThat(kit.postAsync("{}"))
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(IOException.class);
    }

    @Test
    void anAgentThatGoesAwayEndsTheUpstreamsWork() throws Exception {
        CountDownLatch broken = new CountDownLatch(1);
        kit.upstreamDoes((exchange, body) -> {
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write("event: ping\n\n".getBytes(UTF_8));
                    exchange.getResponseBody().flush();
                    LockSupport.parkNanos(10_000_000);
                }
            } catch (IOException e) {
                broken.countDown();
                throw e;
            }
        });
        try (Socket socket = new Socket("127.0.0.1", kit.port())) {
            socket.getOutputStream()
                    .write("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}".getBytes(UTF_8));
            assertThat(socket.getInputStream().read()).isEqualTo('H');
        }
        await().until(() -> broken.getCount() == 0);
    }

    @Test
    void connectionsAreUsedAgainAndADeadOneIsReplaced() throws Exception {
        assertThat(kit.post("1").statusCode()).isEqualTo(200);
        assertThat(kit.post("2").statusCode()).isEqualTo(200);
        kit.upstreamDoes((exchange, body) -> {
            ProxyKit.reply(exchange, 200, "{}");
            throw new IOException("the server closes a connection that the helper keeps");
        });
        kit.post("3");
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 200, "{}"));
        assertThat(kit.post("4").statusCode()).isEqualTo(200);
    }

    @Test
    void theCountsSurviveARestart() throws Exception {
        kit.post("{}");
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 529, "{}"));
        kit.post("{}");
        await().untilAsserted(() -> assertThat(new Ledger(kit.state.resolve("counts.json"), kit.log).counts())
                .isEqualTo(kit.ledger.counts()));
        assertThat(kit.ledger.counts().requests()).isEqualTo(2);
        assertThat(kit.ledger.counts().status()).containsExactly(entry(529, 1L));
    }
}
