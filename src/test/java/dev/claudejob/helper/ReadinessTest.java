package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.credential.CredentialKind;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Bedrock key that is refused, and Claude Code's probes of models, which it gives up after some seconds. */
class ReadinessTest {
    private static final String REFUSAL =
            "{\"Message\":\"Authentication failed: Please make sure your API Key is valid.\"}";

    @TempDir
    Path dir;

    private ProxyKit kit;
    private volatile boolean refused = true;

    @BeforeEach
    void start() throws IOException {
        kit = new ProxyKit(dir, CredentialKind.BEDROCK, Duration.ofSeconds(60));
        kit.rotate("bedrock-first");
        kit.upstreamDoes(
                (exchange, body) -> ProxyKit.reply(exchange, refused ? 403 : 200, refused ? REFUSAL : "{\"ok\":1}"));
        giveUp();
    }

    @AfterEach
    void stop() {
        kit.close();
    }

    /** A request that is held, and that nobody waits for any more. */
    private void giveUp() throws IOException {
        assertThat(kit.readiness.problem()).isEmpty();
        try (Socket socket = new Socket("127.0.0.1", kit.port())) {
            socket.getOutputStream()
                    .write("POST /model/m/invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}".getBytes(UTF_8));
            await().until(() -> !kit.hold.reason().isEmpty());
        }
        await().until(() -> kit.hold.reason().isEmpty());
        kit.givenUp++;
    }

    @Test
    void aRequestThatIsGivenUpProvesNothingOfTheCredential() throws Exception {
        assertThat(kit.readiness.problem()).isEqualTo(Hold.REFUSED);
        kit.rotate("bedrock-second");
        assertThat(kit.readiness.problem()).isEmpty();
        kit.rotate("bedrock-first");
        assertThat(kit.readiness.problem()).isEqualTo(Hold.REFUSED);
    }

    @Test
    void theSameCredentialIsGoodAgainOnceTheApiTakesIt() throws Exception {
        refused = false;
        assertThat(kit.readiness.problem()).isEqualTo(Hold.REFUSED);
        HttpResponse<String> response = kit.client.send(
                kit.request("/model/m/invoke")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(kit.readiness.problem()).isEmpty();
    }
}
