package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudejob.testing.TestAuthority;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way to an upstream with TLS: its certificate, and a proxy between. */
class DialerTest {
    @TempDir
    static Path dir;

    private static TestAuthority authority;
    private static TestAuthority another;

    private final BlockingQueue<String> connects = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    /** What came through the proxy from the helper's side. */
    private final ByteArrayOutputStream tunnelled = new ByteArrayOutputStream();

    private ServerSocket upstream;
    private ServerSocket proxy;
    private int proxyPort;

    /** What the proxy answers to a CONNECT. */
    private volatile String proxySays = "HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n";

    @BeforeAll
    static void makeAuthorities() throws Exception {
        authority = new TestAuthority(dir.resolve("one"), "dns:localhost");
        another = new TestAuthority(dir.resolve("two"), "dns:localhost");
    }

    @BeforeEach
    void listen() throws Exception {
        upstream = authority.listen();
        proxy = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        proxyPort = proxy.getLocalPort();
        serve(upstream, socket -> {
            requests.add(head(socket));
            socket.getOutputStream().write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(UTF_8));
        });
        serve(proxy, this::tunnel);
    }

    @AfterEach
    void close() throws IOException {
        upstream.close();
        proxy.close();
    }

    private interface Service {
        void serve(Socket socket) throws IOException;
    }

    private static void serve(ServerSocket server, Service service) {
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            service.serve(socket);
                        } catch (IOException e) {
                            // A client that does not trust us goes away.
                        }
                    });
                } catch (IOException e) {
                    // Closed.
                }
            }
        });
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = BodyStream.line(socket.getInputStream());
                !line.isEmpty();
                line = BodyStream.line(socket.getInputStream())) {
            head.append(line).append('\n');
        }
        return head.toString();
    }

    private void tunnel(Socket client) throws IOException {
        connects.add(head(client));
        client.getOutputStream().write(proxySays.getBytes(UTF_8));
        if (proxySays.contains(" 200 ")) {
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream.getLocalPort())) {
                Thread.ofVirtual().start(() -> {
                    try {
                        byte[] buffer = new byte[8192];
                        for (int n = client.getInputStream().read(buffer);
                                n >= 0;
                                n = client.getInputStream().read(buffer)) {
                            synchronized (tunnelled) {
                                tunnelled.write(buffer, 0, n);
                            }
                            server.getOutputStream().write(buffer, 0, n);
                        }
                    } catch (IOException e) {
                        // Either side is gone.
                    }
                });
                server.getInputStream().transferTo(client.getOutputStream());
            }
        }
    }

    private String ask(String host, @Nullable Path caFile, boolean throughProxy) throws IOException {
        UpstreamAddress address = UpstreamAddress.of("https://" + host + ":" + upstream.getLocalPort());
        Egress egress = Egress.of(Map.of(
                "CLAUDEJOB_HTTPS_PROXY",
                throughProxy ? "http://127.0.0.1:" + proxyPort : "",
                "CLAUDEJOB_CA_FILE",
                Objects.toString(caFile, "")));
        HttpUpstream up = new HttpUpstream(address, new Dialer(address, egress, Trust.of(egress.caFile())));
        try (Upstream.Response answer = up.send("GET", "/v1/models", Map.of("x-api-key", List.of("secret")), null)) {
            return new String(answer.body().readAllBytes(), UTF_8);
        }
    }

    @Test
    void anAnswerThatCameBeforeTheRequestWasReadIsHeardOverTlsToo() throws Exception {
        UpstreamAddress address = UpstreamAddress.of("https://localhost:" + upstream.getLocalPort());
        HttpUpstream up =
                new HttpUpstream(address, new Dialer(address, Egress.DIRECT, Trust.of(authority.certificate)));
        Room room = new Room(16 * 1024, 32 << 20);
        RequestBody.Limits limits = new RequestBody.Limits(32 << 20, 32 << 20, room, dir, room);
        try (RequestBody body = RequestBody.keep(new ByteArrayInputStream(new byte[16 << 20]), limits);
                Upstream.Response answer = up.send("POST", "/v1/messages", Map.of(), body)) {
            assertThat(answer.body().readAllBytes()).asString().isEqualTo("ok");
        }
        assertThat(requests).as("it is sent once").hasSize(1);
    }

    @Test
    void anAuthorityOfTheInstallIsTrustedWhenItIsTold() throws Exception {
        assertThat(ask("localhost", authority.certificate, false)).isEqualTo("ok");
        assertThat(connects).isEmpty();
    }

    @Test
    void aServerThatNoAuthorityVouchesForSeesNoRequest() {
        assertThatThrownBy(() -> ask("localhost", null, false)).hasMessageContaining("is not trusted");
        assertThatThrownBy(() -> ask("localhost", another.certificate, false)).hasMessageContaining("is not trusted");
        assertThat(requests).isEmpty();
    }

    @Test
    void aServerThatSpeaksNoTlsIsNotCalledUntrusted() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            serve(plain, socket -> socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8)));
            UpstreamAddress address = UpstreamAddress.of("https://localhost:" + plain.getLocalPort());
            assertThatThrownBy(new Dialer(address, Egress.DIRECT, Trust.of(authority.certificate))::dial)
                    .hasMessageStartingWith("TLS with " + address + " failed: ")
                    .hasMessageNotContaining("trusted");
        }
    }

    @Test
    void anAddressThatThisNetworkCantReachIsFollowedByTheNext() throws Exception {
        // Linux refuses a broadcast address at once, with neither of the errors that a connection usually fails with.
        InetAddress unreachable = InetAddress.getByName("255.255.255.255");
        UpstreamAddress address = UpstreamAddress.of("https://localhost:" + upstream.getLocalPort());
        Trust trust = Trust.of(authority.certificate);
        try (Socket socket = new Dialer(address, Egress.DIRECT, trust, host ->
                        new InetAddress[] {unreachable, InetAddress.getLoopbackAddress()})
                .dial()) {
            assertThat(socket.isConnected()).isTrue();
        }
        assertThatThrownBy(new Dialer(address, Egress.DIRECT, trust, host -> new InetAddress[] {unreachable})::dial)
                .hasMessageStartingWith(address + " can't be reached: ");
    }

    @Test
    void aCertificateForAnotherNameIsRefusedWhoeverSignedIt() {
        assertThatThrownBy(() -> ask("127.0.0.1", authority.certificate, false)).hasMessageContaining("is not trusted");
        assertThatThrownBy(() -> ask("127.0.0.1", authority.certificate, true)).hasMessageContaining("is not trusted");
        assertThat(requests).isEmpty();
    }

    @Test
    void theInstallsAuthoritiesAreAddedToTheRuntimesOwn() throws Exception {
        Path both = dir.resolve("both.crt");
        Files.writeString(both, Files.readString(another.certificate) + Files.readString(authority.certificate));
        assertThat(ask("localhost", both, false)).isEqualTo("ok");
        String before = System.getProperty("javax.net.ssl.trustStore");
        System.setProperty("javax.net.ssl.trustStore", authority.trustStore().toString());
        System.setProperty("javax.net.ssl.trustStorePassword", "password");
        try {
            assertThat(ask("localhost", another.certificate, false)).isEqualTo("ok");
        } finally {
            System.clearProperty("javax.net.ssl.trustStorePassword");
            if (before == null) {
                System.clearProperty("javax.net.ssl.trustStore");
            } else {
                System.setProperty("javax.net.ssl.trustStore", before);
            }
        }
    }

    @Test
    void aTrustBundleThatHoldsNoCertificateIsAnErrorThatNamesIt() throws IOException {
        Path empty = Files.writeString(dir.resolve("empty.crt"), "");
        Path garbage = Files.writeString(dir.resolve("garbage.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
        assertThatThrownBy(() -> Trust.of(empty)).hasMessageContaining("empty.crt");
        assertThatThrownBy(() -> Trust.of(garbage)).hasMessageContaining("garbage.crt");
        assertThatThrownBy(() -> Trust.of(dir.resolve("absent.crt"))).hasMessageContaining("absent.crt");
    }

    @Test
    void theProxySeesTheNameAndThePortAndNothingElse() throws Exception {
        assertThat(ask("localhost", authority.certificate, true)).isEqualTo("ok");
        String target = "localhost:" + upstream.getLocalPort();
        assertThat(connects).containsExactly("CONNECT " + target + " HTTP/1.1\nhost: " + target + "\n");
        assertThat(requests.take()).startsWith("GET /v1/models HTTP/1.1").contains("x-api-key: secret");
    }

    @Test
    void aProxyThatRefusesIsNamedWithItsReason() {
        proxySays = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        assertThatThrownBy(() -> ask("localhost", authority.certificate, true))
                .hasMessageContaining("the proxy http://127.0.0.1:")
                .hasMessageContaining("407 Proxy Authentication Required");
        assertThat(requests).isEmpty();
    }

    @Test
    void aProxyThatIsNoneIsSaidToBeNone() {
        proxySays = "SSH-2.0-x\r\n\r\n";
        assertThatThrownBy(() -> ask("localhost", authority.certificate, true))
                .hasMessageContaining("does not speak HTTP");
    }

    @Test
    void aProxyThatIsNotThereIsNamed() throws IOException {
        // A port that is taken, so that no other program comes to listen there, and where nobody does.
        try (Socket taken = new Socket()) {
            taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            proxyPort = taken.getLocalPort();
            assertThatThrownBy(() -> ask("localhost", authority.certificate, true))
                    .hasMessageContaining("the proxy http://127.0.0.1:")
                    .hasMessageContaining("can't be reached");
        }
    }

    @Test
    void throughAProxyAServerThatNoAuthorityVouchesForSeesNoRequest() {
        assertThatThrownBy(() -> ask("localhost", null, true)).hasMessageContaining("is not trusted");
        assertThatThrownBy(() -> ask("localhost", another.certificate, true)).hasMessageContaining("is not trusted");
        assertThat(connects).as("it was reached").hasSize(2);
        assertThat(requests).isEmpty();
    }

    @Test
    void noSecretAndNoRequestPassesTheProxyInTheClear() throws Exception {
        assertThat(ask("localhost", authority.certificate, true)).isEqualTo("ok");
        assertThat(tunnelled.toString(ISO_8859_1))
                .as("a TLS handshake, and what it hides")
                .startsWith("\u0016\u0003")
                .doesNotContain("secret", "x-api-key", "/v1/models");
    }
}
