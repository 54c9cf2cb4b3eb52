package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A proxy whose upstream is a plain socket, so that a test can do with it what no server does, and a client that is one, too. */
final class BareUpstream implements AutoCloseable {
    static final String CREDENTIAL = "sk-ant-api03-real";

    /** What the upstream does with one connection. */
    interface Service {
        void serve(Socket socket) throws IOException;
    }

    final AtomicInteger open = new AtomicInteger();
    final Ledger ledger;
    final Path state;
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();
    private final ServerSocket upstream;
    private final AgentServer proxy;

    BareUpstream(Path dir, Service service) throws IOException {
        this(dir, Duration.ofMinutes(5), service);
    }

    /** @param silence how long the helper lets the upstream say nothing */
    BareUpstream(Path dir, Duration silence, Service service) throws IOException {
        state = Files.createDirectories(dir.resolve("state"));
        Path token = Files.writeString(dir.resolve("token"), CREDENTIAL);
        upstream = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> accept(service));
        Log log = new Log(new PrintStream(output, true, StandardCharsets.UTF_8), new Redactor());
        ledger = new Ledger(state.resolve("counts.json"), log);
        CredentialFile file = new CredentialFile("app/token", token, new Redactor());
        UpstreamAddress address = UpstreamAddress.of("http://127.0.0.1:" + upstream.getLocalPort());
        InstantSource clock = InstantSource.system();
        Lender lender = new Lender(
                0,
                "app/token",
                CredentialKind.API_KEY,
                file,
                new Hold(file, Duration.ofSeconds(60), ledger, log),
                new HttpUpstream(address, new Dialer(address, Egress.DIRECT, Trust.of(null)), silence));
        Roster roster = new Roster(List.of(lender), ledger, Duration.ofSeconds(10), clock);
        proxy = new Proxy(
                        CredentialKind.API_KEY,
                        new Relay(roster, ledger, clock, log),
                        ledger,
                        new RequestBody.Limits(
                                64 * 1024,
                                Proxy.MAX_BODY,
                                new Room(4096, 8 << 20),
                                state,
                                new Room(1 << 20, 256 << 20)),
                        Settings.NO_LIMIT)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private void accept(Service service) {
        while (!upstream.isClosed()) {
            try {
                Socket socket = upstream.accept();
                open.incrementAndGet();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        service.serve(socket);
                    } catch (IOException e) {
                        // The helper closed it.
                    } finally {
                        open.decrementAndGet();
                    }
                });
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    String authority() {
        return "127.0.0.1:" + upstream.getLocalPort();
    }

    String printed() {
        return output.toString(StandardCharsets.UTF_8);
    }

    Socket agent() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Reads until the other side closes, or is silent for so long. */
    static Heard hear(Socket socket, int millis) throws IOException {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        socket.setSoTimeout(millis);
        byte[] buffer = new byte[8192];
        try {
            for (int n = socket.getInputStream().read(buffer);
                    n >= 0;
                    n = socket.getInputStream().read(buffer)) {
                heard.write(buffer, 0, n);
            }
            return new Heard(heard.toString(StandardCharsets.ISO_8859_1), true);
        } catch (SocketTimeoutException e) {
            return new Heard(heard.toString(StandardCharsets.ISO_8859_1), false);
        }
    }

    /** What a client heard, and whether the connection was closed then. */
    record Heard(String text, boolean closed) {}

    @Override
    public void close() throws IOException {
        proxy.close();
        upstream.close();
        // Else a request's last word may be written while the folder is deleted. One that hangs has none.
        for (int i = 0; i < 100 && underWay() > 0; i++) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    private long underWay() {
        dev.claudejob.summary.Summary.Proxy counts = ledger.counts();
        return counts.requests()
                - counts.ok()
                - counts.status().values().stream().mapToLong(Long::longValue).sum();
    }
}
