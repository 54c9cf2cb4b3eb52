package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.helper.CredentialSource.Reading;
import dev.claudejob.helper.ProxyKit.Seen;
import dev.claudejob.helper.Settings.Federation;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FederatedTokenTest {
    private static final Federation FEDERATION = new Federation("fdrl_1", "org", "svac_1", null);
    private static final String JWT = "header.payload.signature";

    @TempDir
    Path dir;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-24T12:00:00Z"));
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger exchanges = new AtomicInteger();
    private ProxyKit kit;

    @BeforeEach
    void start() throws IOException {
        kit = new ProxyKit(
                dir, CredentialKind.WORKLOAD_IDENTITY, Duration.ofSeconds(60), Settings.NO_LIMIT, this::token);
        kit.rotate(JWT);
        kit.upstreamDoes((exchange, body) -> grant(exchange, 3600));
    }

    @AfterEach
    void stop() {
        kit.close();
    }

    private FederatedToken token(ProxyKit made) throws IOException {
        RequestBody.Limits bodies = new RequestBody.Limits(
                64 * 1024, 1024 * 1024, new Room(4096, 8 << 20), made.state, new Room(1 << 20, 8 << 20));
        return new FederatedToken(
                new CredentialFile("workloadIdentity/svac_1", made.token, made.redactor),
                new TokenExchange(made.upstream(), FEDERATION, bodies, Duration.ofSeconds(2), made.redactor),
                made.redactor,
                new SteadyClock(now::get, nanos::get),
                made.log);
    }

    private void grant(HttpExchange exchange, int seconds) throws IOException {
        if (exchange.getRequestURI().getPath().endsWith("/v1/oauth/token")) {
            ProxyKit.reply(
                    exchange,
                    200,
                    "{\"access_token\":\"sk-ant-oat01-exchanged-" + exchanges.incrementAndGet()
                            + "\",\"token_type\":\"Bearer\",\"expires_in\":" + seconds + "}");
        } else {
            ProxyKit.reply(exchange, 200, "{}");
        }
    }

    private void later(Duration duration) {
        now.updateAndGet(instant -> instant.plus(duration));
        nanos.addAndGet(duration.toNanos());
    }

    private String sent() {
        return kit.source.read().token().value();
    }

    @Test
    void theServiceAccountsTokenIsExchangedAsTheVendorAsksAndTheAgentsRequestHasWhatCameBack() throws Exception {
        assertThat(kit.post("{}", "x-api-key", "sk-ant-api03-placeholder").statusCode())
                .isEqualTo(200);
        List<Seen> seen = kit.allSeen();
        assertThat(seen).hasSize(2);
        assertThat(seen.getFirst().target()).isEqualTo("/prefix/v1/oauth/token");
        assertThat(seen.getFirst().headers().get("anthropic-beta"))
                .containsExactly("oauth-2025-04-20,oidc-federation-2026-04-01");
        assertThat(seen.getFirst().headers()).doesNotContainKeys("Authorization", "X-api-key");
        Fields request = Fields.of(Json.parse(new String(seen.getFirst().body(), UTF_8)));
        assertThat(request.string("grant_type")).isEqualTo("urn:ietf:params:oauth:grant-type:jwt-bearer");
        assertThat(request.string("assertion")).isEqualTo(JWT);
        assertThat(request.string("federation_rule_id")).isEqualTo("fdrl_1");
        assertThat(request.string("organization_id")).isEqualTo("org");
        assertThat(request.string("service_account_id")).isEqualTo("svac_1");
        assertThat(request.has("workspace_id")).isFalse();
        assertThat(seen.getLast().headers().get("authorization")).containsExactly("Bearer sk-ant-oat01-exchanged-1");
        assertThat(seen.getLast().headers().get("anthropic-beta")).containsExactly("oauth-2025-04-20");
        assertThat(seen.getLast().headers()).doesNotContainKey("X-api-key");
        kit.log.say("it was sk-ant-oat01-exchanged-1 for " + JWT);
        assertThat(kit.printed()).contains("it was [redacted] for [redacted]");
    }

    @Test
    void manyRequestsAtOnceWaitForOneExchange() {
        List<CompletableFuture<HttpResponse<String>>> responses =
                IntStream.range(0, 10).mapToObj(i -> kit.postAsync("{}")).toList();
        assertThat(responses).allSatisfy(r -> assertThat(r.join().statusCode()).isEqualTo(200));
        assertThat(exchanges).hasValue(1);
        await().until(() -> kit.ledger.counts().ok() == 10);
    }

    @Test
    void aTokenIsRenewedBeforeItsEndWithWhateverTheKubeletHasPutThere() throws Exception {
        assertThat(sent()).endsWith("-1");
        later(Duration.ofMinutes(57));
        assertThat(sent()).endsWith("-1");
        kit.rotate("header.newer.signature");
        later(Duration.ofMinutes(2));
        assertThat(sent()).endsWith("-2");
        assertThat(new String(kit.allSeen().getLast().body(), UTF_8)).contains("header.newer.signature");
    }

    @ParameterizedTest
    @ValueSource(longs = {-3600, 3600})
    void aNodesClockThatIsSetAnewNeitherEndsATokenNorKeepsItPastItsEnd(long seconds) throws Exception {
        assertThat(sent()).endsWith("-1");
        now.updateAndGet(instant -> instant.plusSeconds(seconds));
        assertThat(sent()).endsWith("-1");
        later(Duration.ofMinutes(61));
        assertThat(sent()).endsWith("-2");
    }

    @Test
    void aNodesClockThatIsSetBackPutsOffNoExchange() throws Exception {
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 503, "{}"));
        assertThat(kit.source.read().token()).isNull();
        kit.upstreamDoes((exchange, body) -> grant(exchange, 3600));
        now.updateAndGet(instant -> instant.minusSeconds(3600));
        later(Duration.ofSeconds(2));
        assertThat(sent()).endsWith("-1");
    }

    @Test
    void aTokenThatCantBeRenewedIsGoodToItsEnd() throws Exception {
        assertThat(sent()).endsWith("-1");
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 503, "{}"));
        later(Duration.ofMinutes(59));
        assertThat(sent()).endsWith("-1");
        later(Duration.ofMinutes(2));
        Reading reading = kit.source.read();
        assertThat(reading.token()).isNull();
        assertThat(reading.status()).isEqualTo(502);
        assertThat(reading.mayChange()).isTrue();
        assertThat(reading.problem()).contains("HTTP 503");
    }

    @Test
    void aTokenThatTheApiRefusesIsExchangedAnewOnceAndTheRequestGoesOutAgain() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            if (String.valueOf(exchange.getRequestHeaders().getFirst("authorization"))
                    .endsWith("-1")) {
                ProxyKit.reply(exchange, 401, "{}");
            } else {
                grant(exchange, 3600);
            }
        });
        assertThat(kit.post("{}").statusCode()).isEqualTo(200);
        assertThat(exchanges).hasValue(2);
        assertThat(kit.ledger.counts().held()).isZero();
    }

    @Test
    void aTokenThatIsRevokedSoonAfterAnotherIsExchangedAnewAtOnceToo() throws Exception {
        AtomicInteger revoked = new AtomicInteger();
        kit.upstreamDoes((exchange, body) -> {
            String sent = exchange.getRequestHeaders().getFirst("authorization");
            if (sent != null && sent.endsWith("-" + revoked.get())) {
                ProxyKit.reply(exchange, 401, "{}");
            } else {
                grant(exchange, 3600);
            }
        });
        for (int n = 1; n <= 5; n++) {
            assertThat(kit.post("{}").statusCode()).isEqualTo(200);
            revoked.set(n);
        }
        assertThat(exchanges).hasValue(5);
        assertThat(kit.ledger.counts().held()).isZero();
    }

    @Test
    void aRefusalThatTheNextTokenMeetsTooIsNoReasonForMoreExchanges() throws Exception {
        kit.upstreamDoes((exchange, body) -> {
            if (exchange.getRequestHeaders().containsKey("authorization")) {
                ProxyKit.reply(exchange, 401, "{}");
            } else {
                grant(exchange, 3600);
            }
        });
        CompletableFuture<HttpResponse<String>> response = kit.postAsync("{}");
        await().until(() -> kit.readiness.problem().contains("refused"));
        assertThat(exchanges).hasValue(2);
        // Half a minute later it is worth another try.
        kit.upstreamDoes((exchange, body) -> grant(exchange, 3600));
        later(Duration.ofSeconds(31));
        assertThat(response.join().statusCode()).isEqualTo(200);
        assertThat(exchanges).hasValue(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|{\"error\":\"invalid_grant\",\"error_description\":\"no rule matches header.payload.signature\"}|401|invalid_grant: no rule matches [redacted]",
                "403|{\"type\":\"error\",\"error\":{\"type\":\"permission_error\",\"message\":\"rule is disabled\"}}|403|permission_error: rule is disabled",
                "404|no JSON|401|HTTP 404"
            })
    void anExchangeThatIsRefusedIsToldToTheAgentAtOnce(int status, String body, int told, String says)
            throws Exception {
        kit.upstreamDoes((exchange, sent) -> ProxyKit.reply(exchange, status, body));
        HttpResponse<String> response = kit.post("{}");
        assertThat(response.statusCode()).isEqualTo(told);
        assertThat(response.body())
                .contains("claudejob: workload identity: the exchange was refused")
                .contains(says);
        assertThat(kit.ledger.counts().held()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"503", "429"})
    void anExchangeThatFailsIsTriedAgainWhileTheRequestWaits(int status) throws Exception {
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, status, "{}"));
        CompletableFuture<HttpResponse<String>> response = kit.postAsync("{}");
        await().until(() -> kit.readiness.problem().contains("HTTP " + status));
        assertThat(response).isNotDone();
        kit.upstreamDoes((exchange, body) -> grant(exchange, 3600));
        later(Duration.ofSeconds(2));
        assertThat(response.join().statusCode()).isEqualTo(200);
    }

    @Test
    void anExchangeThatIsNeverAnsweredIsGivenUp() {
        kit.upstreamDoes((exchange, body) -> await().until(() -> false));
        Reading reading = kit.source.read();
        assertThat(reading.status()).isEqualTo(502);
        assertThat(reading.problem()).contains("no answer in 2 s");
    }

    @Test
    void theAgentMayStartWhenThereIsSomethingToExchange() throws Exception {
        kit.upstreamDoes((exchange, body) -> ProxyKit.reply(exchange, 400, "{}"));
        assertThat(kit.source.problem()).isEmpty();
        Files.delete(kit.token);
        assertThat(kit.source.problem()).contains("workloadIdentity/svac_1", "not there yet");
        assertThat(kit.seen).isEmpty();
    }
}
