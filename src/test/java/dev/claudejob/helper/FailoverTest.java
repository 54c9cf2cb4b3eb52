package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.helper.ProxyKit.Seen;
import dev.claudejob.summary.Summary.Cooling;
import dev.claudejob.summary.Summary.Trouble;
import dev.claudejob.summary.Summary.Usage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A subscription first, then an API key, each with an upstream of its own. */
class FailoverTest {
    private static final String FIRST = "sk-ant-oat01-first";
    private static final String SECOND = "sk-ant-api03-second";
    private static final String GOOD = "{\"model\":\"claude-x\",\"usage\":{\"input_tokens\":10,\"output_tokens\":5}}";
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private ProxyKit kit;

    /** What the first credential's upstream does; the second's answers. */
    private void firstDoes(ProxyKit.Script does) {
        kit.upstreamDoes((exchange, body) -> {
            if (exchange.getRequestURI().getPath().startsWith("/prefix/")) {
                does.serve(exchange, body);
            } else {
                ProxyKit.reply(exchange, 200, GOOD);
            }
        });
    }

    private static void limited(HttpExchange exchange, long reset) throws IOException {
        exchange.getResponseHeaders().set("anthropic-ratelimit-unified-status", "rejected");
        exchange.getResponseHeaders().set("anthropic-ratelimit-unified-reset", Long.toString(reset));
        exchange.getResponseHeaders()
                .putIfAbsent("anthropic-ratelimit-unified-representative-claim", List.of("five_hour"));
        ProxyKit.reply(exchange, 429, "{\"limited\":1}");
    }

    private static long inTwoHours() {
        return Instant.now().plus(Duration.ofHours(2)).getEpochSecond();
    }

    @BeforeEach
    void start() throws IOException {
        start(SHORT);
    }

    private void start(Duration failover) throws IOException {
        stop();
        kit = new ProxyKit(
                dir, List.of(CredentialKind.OAUTH_TOKEN, CredentialKind.API_KEY), LONG, failover, Settings.NO_LIMIT);
        kit.rotate(0, FIRST);
        kit.rotate(1, SECOND);
    }

    @AfterEach
    void stop() {
        if (kit != null) {
            kit.close();
        }
    }

    private List<String> targets() {
        return kit.allSeen().stream()
                .map(seen -> seen.target().replaceFirst("/v1/.*", ""))
                .toList();
    }

    @Test
    void aUsageLimitMovesTheRequestToTheNextCredentialAndTheAgentSeesNoError() throws Exception {
        long reset = inTwoHours();
        firstDoes((exchange, body) -> limited(exchange, reset));

        HttpResponse<String> response = kit.post("{\"prompt\":1}", "anthropic-beta", "a,oauth-2025-04-20,b");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(GOOD);
        Seen first = kit.seen.take();
        assertThat(first.target()).startsWith("/prefix/v1/messages");
        assertThat(first.headers().getFirst("authorization")).isEqualTo("Bearer " + FIRST);
        Seen second = kit.seen.take();
        assertThat(second.target()).startsWith("/prefix1/v1/messages");
        assertThat(second.headers().get("x-api-key")).containsExactly(SECOND);
        assertThat(second.headers().get("anthropic-beta")).containsExactly("a,b");
        assertThat(second.headers()).doesNotContainKey("Authorization");
        assertThat(new String(second.body(), UTF_8)).isEqualTo("{\"prompt\":1}");
        assertThat(kit.ledger.cooling()).containsExactly(new Cooling(0, Trouble.USAGE_LIMIT, reset, "five_hour"));
        await().untilAsserted(() -> assertThat(kit.ledger.counts().ok()).isEqualTo(1));
        assertThat(kit.ledger.counts().credential()).isEqualTo(1);
        assertThat(kit.ledger.counts().status()).isEmpty();
    }

    @Test
    void untilTheLimitResetsTheFirstIsLeftAloneAndThenItIsFirstAgain() throws Exception {
        long reset = inTwoHours();
        firstDoes((exchange, body) -> limited(exchange, reset));
        kit.post("{}");
        kit.post("{}");
        kit.later(Duration.ofMinutes(119));
        kit.post("{}");
        assertThat(targets()).containsExactly("/prefix", "/prefix1", "/prefix1", "/prefix1");

        kit.later(Duration.ofMinutes(2));
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, 200, GOOD));
        kit.post("{}");
        assertThat(targets().getLast()).isEqualTo("/prefix");
        assertThat(kit.ledger.cooling()).as("it works again").isEmpty();
    }

    @Test
    void aLimitThatDoesNotSayWhenItResetsLastsAQuarterOfAnHour() throws Exception {
        firstDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-status", "rejected");
            ProxyKit.reply(exchange, 429, "{}");
        });
        kit.post("{}");
        kit.later(Duration.ofMinutes(14));
        kit.post("{}");
        assertThat(targets()).containsExactly("/prefix", "/prefix1", "/prefix1");
        kit.later(Duration.ofMinutes(2));
        kit.post("{}");
        assertThat(targets()).endsWith("/prefix", "/prefix1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "429 | {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}",
                "400 | {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"max_tokens\"}}",
                "403 | {\"type\":\"error\",\"error\":{\"type\":\"permission_error\",\"message\":\"no\"}}",
                "403 | {\"type\":\"error\",\"error\":{\"type\":\"permission_error\",\"message\":\"x: OAuth token has been revoked\"}}",
                "400 | {\"error\":{\"message\":\"This organization has been disabled.: Extra inputs are not permitted\"}}",
                "400 | {\"error\":{\"message\":\"messages.0: Input tag 'credit balance is too low' is not known\"}}",
                "400 | {\"error\":{\"message\":\"a: You have reached your specified API usage limits.\"}}",
                "404 | {}",
                "500 | {}",
                "529 | {}"
            })
    void whatIsNotTheCredentialsFailureIsPassedOn(int status, String error) throws Exception {
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, status, error));
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).isEqualTo(error);
        assertThat(targets()).containsExactly("/prefix");
        assertThat(kit.ledger.cooling()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Your credit balance is too low to access the API.\"}}",
                "400 | {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"This organization has been disabled.\"}}",
                "400 | {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"You have reached your specified API usage limits. You will regain access on 2026-99-99.\"}}",
                "402 | {\"type\":\"error\",\"error\":{\"type\":\"billing_error\"}}",
                "403 | {\"type\":\"error\",\"error\":{\"type\":\"billing_error\",\"message\":\"x\"}}"
            })
    void anAccountThatCanNotPayIsLeftAloneForAnHour(int status, String error) throws Exception {
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, status, error));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        kit.later(Duration.ofMinutes(59));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(targets()).containsExactly("/prefix", "/prefix1", "/prefix1");
        assertThat(kit.ledger.cooling())
                .singleElement()
                .satisfies(cooling -> assertThat(cooling.trouble()).isEqualTo(Trouble.BILLING));
        kit.later(Duration.ofMinutes(2));
        kit.post("{}");
        assertThat(targets()).endsWith("/prefix", "/prefix1");
    }

    @ParameterizedTest
    @CsvSource({"' at 00:00 UTC.',0", "'.',0", "' at 12:30 UTC.',45000"})
    void aLimitThatTheOwnerOfTheAccountSetLastsUntilTheDayThatTheApiNames(String rest, int seconds) throws Exception {
        LocalDate day = LocalDate.now(ZoneOffset.UTC).plusDays(2);
        firstDoes((exchange, body) -> ProxyKit.reply(
                exchange,
                400,
                "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"You have reached your specified API usage"
                        + " limits. You will regain access on " + day + rest + "\"}}"));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        long until = day.atStartOfDay(ZoneOffset.UTC).toEpochSecond() + seconds;
        assertThat(kit.ledger.cooling()).containsExactly(new Cooling(0, Trouble.USAGE_LIMIT, until, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"seven_day_opus", "seven_day_sonnet", "overage"})
    void oneModelsLimitIsPassedOnAndDoesNotStopOthers(String claim) throws Exception {
        firstDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("anthropic-ratelimit-unified-representative-claim", claim);
            limited(exchange, inTwoHours());
        });
        assertThat(kit.post("{}").statusCode()).isEqualTo(429);
        assertThat(kit.ledger.cooling()).isEmpty();
        assertThat(kit.ledger.limit()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "403,permission_error,OAuth token has been revoked. Please obtain a new token.",
        "401,authentication_error,OAuth access token has been revoked."
    })
    void aRevokedTokenIsARefusedCredential(int status, String type, String message) throws Exception {
        firstDoes((exchange, body) -> ProxyKit.reply(
                exchange,
                status,
                "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"" + message + "\"}}"));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(kit.ledger.counts().held()).isEqualTo(1);
        assertThat(kit.ledger.cooling())
                .singleElement()
                .satisfies(cooling -> assertThat(cooling.trouble()).isEqualTo(Trouble.AUTH_FAILED));
    }

    @Test
    void aRefusedCredentialIsWaitedForOnlyShortlyWhenThereIsAnother() throws Exception {
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, 401, "{\"no\":1}"));
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(kit.ledger.counts().held()).isEqualTo(1);
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        kit.later(Duration.ofMinutes(9));
        kit.post("{}");
        assertThat(targets()).containsExactly("/prefix", "/prefix1", "/prefix1", "/prefix1");
        assertThat(kit.ledger.cooling())
                .singleElement()
                .satisfies(cooling -> assertThat(cooling.trouble()).isEqualTo(Trouble.AUTH_FAILED));

        firstDoes((exchange, body) -> ProxyKit.reply(exchange, 200, GOOD));
        kit.rotate(0, "sk-ant-oat01-rotated");
        kit.post("{}");
        assertThat(kit.allSeen().getLast().headers().getFirst("authorization"))
                .isEqualTo("Bearer sk-ant-oat01-rotated");
        assertThat(kit.ledger.cooling()).isEmpty();
    }

    @Test
    void aCredentialThatIsRotatedInTimeGoesOn() throws Exception {
        start(Duration.ofSeconds(20));
        firstDoes((exchange, body) -> ProxyKit.reply(
                exchange,
                String.valueOf(exchange.getRequestHeaders().getFirst("authorization"))
                                .contains("first")
                        ? 401
                        : 200,
                GOOD));
        CompletableFuture<HttpResponse<String>> response = kit.postAsync("{}");
        await().until(() -> kit.readiness.problem().contains("refused"));
        kit.rotate(0, "sk-ant-oat01-rotated");
        assertThat(response.get().statusCode()).isEqualTo(200);
        assertThat(targets()).containsExactly("/prefix", "/prefix");
    }

    @Test
    void aCredentialThatIsMissingIsNotWaitedForLongAndUsedOnceItIsThere() throws Exception {
        Files.delete(kit.token(0));
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, 200, GOOD));
        assertThat(kit.readiness.problem()).contains("app/token", "not there yet");
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(targets()).containsExactly("/prefix1");
        assertThat(kit.ledger.cooling())
                .singleElement()
                .satisfies(cooling -> assertThat(cooling.trouble()).isEqualTo(Trouble.MISSING));
        await().untilAsserted(() -> assertThat(kit.readiness.problem()).isEmpty());
        kit.rotate(0, FIRST);
        kit.post("{}");
        assertThat(targets()).containsExactly("/prefix1", "/prefix");
    }

    @Test
    void theAgentMayStartWithTheSecondOnlyWhenTheFirstHadItsTime() throws Exception {
        start(Duration.ofSeconds(30));
        Files.delete(kit.token(0));
        assertThat(kit.readiness.problem()).contains("app/token", "not there yet");
        kit.later(Duration.ofSeconds(31));
        assertThat(kit.readiness.problem()).isEmpty();
        Files.delete(kit.token(1));
        assertThat(kit.readiness.problem()).contains("app/token is not there yet");
    }

    @Test
    void whenNoneIsLeftTheFailureThatPassesByItselfIsPassedOn() throws Exception {
        long reset = inTwoHours();
        kit.upstreamDoes((exchange, body) -> {
            if (exchange.getRequestURI().getPath().startsWith("/prefix/")) {
                limited(exchange, reset);
            } else {
                ProxyKit.reply(exchange, 402, "{\"unpaid\":1}");
            }
        });
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.body()).isEqualTo("{\"limited\":1}");
        assertThat(response.headers().firstValue("anthropic-ratelimit-unified-reset"))
                .contains(Long.toString(reset));
        assertThat(kit.ledger.cooling())
                .extracting(Cooling::trouble)
                .containsExactly(Trouble.USAGE_LIMIT, Trouble.BILLING);

        assertThat(kit.post("{}").statusCode()).isEqualTo(402);
        assertThat(targets()).as("the next one asks once").containsExactly("/prefix", "/prefix1", "/prefix1");
    }

    @Test
    void anAnswerThatHasBegunIsNeverSentAgain() {
        firstDoes((exchange, body) -> {
            exchange.getResponseHeaders().set("content-type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("data: {\"type\":\"message_start\"}\n\n".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            throw new IOException("breaks off");
        });
        assertThat(kit.postAsync("{}")).failsWithin(Duration.ofSeconds(10));
        assertThat(targets()).containsExactly("/prefix");
    }

    @Test
    void whatEachCredentialSpentIsToldApartAlsoAfterARestart() throws Exception {
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, 200, GOOD));
        kit.post("{}");
        firstDoes((exchange, body) -> limited(exchange, inTwoHours()));
        kit.post("{}");
        kit.post("{}");
        await().untilAsserted(() -> assertThat(kit.ledger.counts().ok()).isEqualTo(3));

        start();
        firstDoes((exchange, body) -> ProxyKit.reply(exchange, 200, GOOD));
        kit.post("{}");
        assertThat(targets()).as("the limit is not forgotten").containsExactly("/prefix1");
        await().untilAsserted(() -> assertThat(kit.ledger.spends())
                .satisfiesExactly(
                        subscription -> assertThat(subscription.total()).isEqualTo(new Usage(10, 5, 0, 0)), metered -> {
                            assertThat(metered.credential()).isEqualTo(1);
                            assertThat(metered.total()).isEqualTo(new Usage(30, 15, 0, 0));
                        }));
    }

    @Test
    void noCredentialIsSentToTheUpstreamOfAnother() throws Exception {
        firstDoes((exchange, body) -> limited(exchange, inTwoHours()));
        for (int i = 0; i < 5; i++) {
            kit.post("{}", "authorization", "Bearer stolen", "x-api-key", "stolen");
        }
        assertThat(kit.allSeen()).hasSize(6).allSatisfy(seen -> {
            boolean first = seen.target().startsWith("/prefix/");
            String all = seen.headers().values().toString();
            assertThat(all.contains(FIRST)).isEqualTo(first);
            assertThat(all.contains(SECOND)).isEqualTo(!first);
            assertThat(all).doesNotContain("stolen");
        });
    }
}
