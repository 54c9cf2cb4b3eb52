package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.testing.TestAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An agent that makes the helper keep as much as it can, on as many connections as there are: the helper, with the heap of the image, lives on. */
@Timeout(120)
class HalfSentRequestsTest {
    private static final int CONNECTIONS = 253;
    private static final String POST = "POST /v1/messages HTTP/1.1\r\nhost: x\r\n";
    private static final String LONG_HEAD = IntStream.range(0, 120)
            .mapToObj(i -> "x-" + i + ": " + "h".repeat(500) + "\r\n")
            .collect(Collectors.joining());

    /** As many values, and as many bytes, as an event may have that is not trimmed. */
    private static final String COSTLY_EVENT = "{\"type\":\"result\",\"is_error\":false,\"result\":\""
            + "\u20ac".repeat(250_000) + "\",\"structured_output\":[" + "{\"a\":0},".repeat(16_000) + "0]}\n";

    @TempDir
    Path dir;

    private ServerSocket upstream;
    private HelperProcess kit;
    private Process helper;
    private volatile boolean answers;

    /** What is sent on each connection. */
    private enum Attack {
        HEADS(POST + LONG_HEAD),
        TARGETS("POST /v1/messages?" + "q".repeat(65_000)),
        BODIES(POST + "content-length: 65536\r\n\r\n" + "b".repeat(65_535)),
        CHUNKED_BODIES(POST + "transfer-encoding: chunked\r\n\r\n" + "1\r\nb\r\n".repeat(65_000)),
        BODIES_AFTER_LONG_HEADS(POST + LONG_HEAD + "content-length: 65536\r\n\r\n" + "b".repeat(65_535)),
        SPOOLED_BODIES(POST + LONG_HEAD + "content-length: 300000\r\n\r\n" + "b".repeat(299_999)),
        WHOLE_REQUESTS_THAT_WAIT_FOR_THEIR_ANSWER(POST + "x-stainless-a: " + "h".repeat(5000)
                + "\r\ncontent-length: 60000\r\n\r\n{\"max_tokens\":\"" + "9".repeat(60_000 - 15));

        private final byte[] bytes;

        Attack(String text) {
            bytes = text.getBytes(ISO_8859_1);
        }
    }

    @BeforeEach
    void start() throws Exception {
        TestAuthority authority = new TestAuthority(dir.resolve("authority"), "dns:localhost");
        upstream = authority.listen();
        Thread.ofVirtual().start(this::accept);
        kit = new HelperProcess(dir, "https://localhost:" + upstream.getLocalPort());
        kit.mountCredential();
        helper = kit.start(
                true,
                Map.of(
                        "CLAUDEJOB_CA_FILE",
                        authority.certificate.toString(),
                        "CLAUDEJOB_MAX_OUTPUT_TOKENS",
                        "1000000"));
        await().atMost(Duration.ofSeconds(30)).until(kit::agentMayStart);
    }

    private void accept() {
        while (!upstream.isClosed()) {
            try {
                Socket socket = upstream.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        serve(socket);
                    } catch (IOException e) {
                        // The helper closed it.
                    }
                });
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void serve(Socket socket) throws IOException {
        while (true) {
            long length = 0;
            for (String line = BodyStream.line(socket.getInputStream());
                    !line.isEmpty();
                    line = BodyStream.line(socket.getInputStream())) {
                length = line.startsWith("content-length: ") ? Long.parseLong(line.substring(16)) : length;
            }
            socket.getInputStream().skipNBytes(length);
            if (answers) {
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                                .getBytes(ISO_8859_1));
            }
        }
    }

    @AfterEach
    void stop() throws Exception {
        helper.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        upstream.close();
    }

    @ParameterizedTest
    @EnumSource
    void whateverIsSentByHalvesTheHelperHasTheMemoryForIt(Attack attack) throws Exception {
        List<Socket> agents = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                Socket agent = new Socket(InetAddress.getLoopbackAddress(), kit.port);
                agents.add(agent);
                Thread.ofVirtual().start(() -> {
                    try {
                        agent.getOutputStream().write(attack.bytes);
                    } catch (IOException e) {
                        // It was refused.
                    }
                });
            }
            Files.writeString(kit.dir.resolve("shared/events.jsonl"), COSTLY_EVENT.repeat(10));
            boolean ended = helper.waitFor(4, TimeUnit.SECONDS);
            assertThat(ended).as("the helper ended: %s", kit.log()).isFalse();
            assertThat(kit.probe("/healthz")).isEqualTo(200);
        } finally {
            for (Socket agent : agents) {
                agent.close();
            }
        }
        answers = true;
        // Without an answer requests count as all that they allowed: 402 says that no more is left.
        await().atMost(Duration.ofSeconds(20)).until(() -> List.of(200, 402).contains(kit.post()));
        assertThat(helper.isAlive()).isTrue();
        assertThat(kit.log()).doesNotContain("OutOfMemory", "\tat ");
    }
}
