package dev.claudejob.helper;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.claudejob.credential.CredentialKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.awaitility.Awaitility;

/** A proxy on loopback, a scripted upstream behind it, a client before it, and a credential file that a test can rotate. */
final class ProxyKit implements AutoCloseable {
    /** What the upstream does with one request. */
    interface Script {
        void serve(HttpExchange exchange, byte[] body) throws IOException;
    }

    /** What the proxy sends. */
    interface Credential {
        CredentialSource of(ProxyKit kit) throws IOException;
    }

    /** What the upstream saw. */
    record Seen(String method, String target, com.sun.net.httpserver.Headers headers, byte[] body) {}

    final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
    final ByteArrayOutputStream output = new ByteArrayOutputStream();
    final Redactor redactor = new Redactor();
    final Log log = new Log(new PrintStream(output, true, StandardCharsets.UTF_8), redactor);
    final Path state;
    final Path token;
    final CredentialSource source;
    final Ledger ledger;
    final Hold hold;
    final Readiness readiness;
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final HttpServer upstream;
    private final AgentServer proxy;
    private volatile Duration passed = Duration.ZERO;
    /** Requests that a test gave up while they were held: they have no answer. */
    int givenUp;

    final InstantSource clock = () -> Instant.now().plus(passed);
    private volatile Script script = (exchange, body) -> reply(exchange, 200, "{\"ok\":true}");

    ProxyKit(Path dir, CredentialKind kind, Duration patience) throws IOException {
        this(dir, kind, patience, Settings.NO_LIMIT);
    }

    ProxyKit(Path dir, CredentialKind kind, Duration patience, long maxOutputTokens) throws IOException {
        this(dir, kind, patience, maxOutputTokens, kit -> new CredentialFile("app/token", kit.token, kit.redactor));
    }

    ProxyKit(Path dir, CredentialKind kind, Duration patience, long maxOutputTokens, Credential credential)
            throws IOException {
        this(dir, List.of(kind), patience, patience, maxOutputTokens, credential);
    }

    /** @param failover how long a credential is waited for when there is another one */
    ProxyKit(Path dir, List<CredentialKind> kinds, Duration patience, Duration failover, long maxOutputTokens)
            throws IOException {
        this(
                dir,
                kinds,
                patience,
                failover,
                maxOutputTokens,
                kit -> new CredentialFile("app/token", kit.token, kit.redactor));
    }

    private ProxyKit(
            Path dir,
            List<CredentialKind> kinds,
            Duration patience,
            Duration failover,
            long maxOutputTokens,
            Credential first)
            throws IOException {
        state = Files.createDirectories(dir.resolve("state"));
        token = dir.resolve("token");
        upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        upstream.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            seen.add(new Seen(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body));
            script.serve(exchange, body);
        });
        upstream.start();
        ledger = new Ledger(state.resolve("counts.json"), log);
        List<Lender> lenders = new ArrayList<>();
        for (CredentialKind kind : kinds) {
            int index = lenders.size();
            String name = index == 0 ? "app/token" : "app/token" + index;
            CredentialSource source = index == 0 ? first.of(this) : new CredentialFile(name, token(index), redactor);
            Hold hold = new Hold(source, patience, ledger, log);
            String prefix = index == 0 ? "/prefix/" : "/prefix" + index + "/";
            lenders.add(new Lender(index, name, kind, source, hold, upstream(prefix)));
        }
        source = lenders.getFirst().source();
        hold = lenders.getFirst().hold();
        Roster roster = new Roster(lenders, ledger, failover, clock);
        readiness = roster::problem;
        proxy = new Proxy(
                        kinds.getFirst(),
                        new Relay(roster, ledger, clock, log),
                        ledger,
                        new RequestBody.Limits(
                                64 * 1024, 4 * 1024 * 1024, new Room(4096, 8 << 20), state, new Room(1 << 20, 8 << 20)),
                        maxOutputTokens)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    HttpUpstream upstream() throws IOException {
        return upstream("/prefix/");
    }

    private HttpUpstream upstream(String prefix) throws IOException {
        UpstreamAddress address = UpstreamAddress.of("http://127.0.0.1:" + upstreamPort() + prefix);
        return new HttpUpstream(address, new Dialer(address, Egress.DIRECT, Trust.of(null)));
    }

    /** Where the credential of that index is mounted. */
    Path token(int index) {
        return index == 0 ? token : token.resolveSibling("token" + index);
    }

    /** For the proxy it is so much later from now on; only what it compares with the time of day is affected. */
    void later(Duration by) {
        passed = passed.plus(by);
    }

    int upstreamPort() {
        return upstream.getAddress().getPort();
    }

    int port() {
        return proxy.port();
    }

    void upstreamDoes(Script does) {
        script = does;
    }

    void stopUpstream() {
        upstream.stop(0);
    }

    /** As the kubelet does it: the new content appears at once. */
    void rotate(String value) throws IOException {
        rotate(0, value);
    }

    void rotate(int index, String value) throws IOException {
        Path next = token.resolveSibling("token.next");
        Files.writeString(next, value);
        Files.move(next, token(index), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    static void reply(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
    }

    HttpResponse<String> post(String body, String... headers) throws IOException, InterruptedException {
        return client.send(postRequest(body, headers), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> postAsync(String body) {
        return client.sendAsync(postRequest(body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest postRequest(String body, String... headers) {
        HttpRequest.Builder builder = request("/v1/messages?beta=true").POST(HttpRequest.BodyPublishers.ofString(body));
        return (headers.length == 0 ? builder : builder.headers(headers)).build();
    }

    List<Seen> allSeen() {
        return List.copyOf(seen);
    }

    String printed() {
        return output.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        proxy.close();
        upstream.stop(0);
        client.shutdownNow();
        // Else a request's last word may be written while the folder is deleted.
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> {
            dev.claudejob.summary.Summary.Proxy counts = ledger.counts();
            return counts.requests()
                    <= givenUp
                            + counts.ok()
                            + counts.status().values().stream()
                                    .mapToLong(Long::longValue)
                                    .sum();
        });
    }
}
