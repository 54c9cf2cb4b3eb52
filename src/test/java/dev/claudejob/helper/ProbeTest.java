package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProbeTest {
    private volatile String problem = "";
    private volatile boolean started;
    private Probe probe;

    @BeforeEach
    void start() throws IOException {
        probe = new Probe(0, () -> problem, () -> started);
    }

    @AfterEach
    void stop() throws IOException {
        probe.close();
    }

    private String ask(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", probe.port())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    @Test
    void readinessSaysWhyNotInOneLine() throws IOException {
        assertThat(ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("\r\n\r\nok\n");
        problem = "waiting: credential app/token is not there yet";
        assertThat(ask("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"))
                .startsWith("HTTP/1.1 503 ")
                .endsWith("\r\n\r\nwaiting: credential app/token is not there yet\n");
        assertThat(ask("GET /healthz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void anAgentThatWasLetStartHasStartedWhateverItsCredential() throws IOException {
        assertThat(ask("GET /startedz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 503 ");
        started = true;
        problem = "waiting for another credential";
        assertThat(ask("GET /startedz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void nothingElseIsThere() throws IOException {
        assertThat(ask("GET /v1/messages HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(ask("POST /readyz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(ask("\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(ask("x".repeat(10_000) + "\r\n")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void connectionsThatSayNothingAreDroppedAndKeepNobodyOut() throws IOException {
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            silent.add(new Socket("127.0.0.1", probe.port()));
        }
        for (Socket socket : silent) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            socket.close();
        }
        assertThat(ask("GET /healthz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 ");
    }
}
