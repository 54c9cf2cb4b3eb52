package dev.claudejob.helper;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.claudejob.summary.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Used when the image is built, never in a Pod: lets a helper do once what it does in a job (TLS, a refused request, a stream,
 * events, the end), while its JVM records what an ahead-of-time cache should hold.
 *
 * <p>Upstream and agent are played by a child process, so that nothing of theirs gets into the cache. It ends the helper as the
 * kubelet does, with TERM, or by force when anything went wrong.
 */
public final class Rehearsal {
    private static final String PASSWORD = "rehearsal";
    private static final String FIRST = "sk-ant-oat01-first-rehearsal";
    private static final int PATIENCE_SECONDS = 60;

    private final Path dir;

    private Rehearsal(Path dir) {
        this.dir = dir;
    }

    /** Starts the child and returns the settings for the helper that it will talk to. */
    static Settings begin() throws IOException, InterruptedException {
        return new Rehearsal(Files.createTempDirectory("rehearsal")).settings();
    }

    /** The child. Arguments: the folder, the helper's port, and its port for probes. */
    public static void main(String[] args) throws InterruptedException {
        ProcessHandle helper = ProcessHandle.current().parent().orElseThrow();
        try {
            new Rehearsal(Path.of(args[0])).play(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
            helper.destroy();
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            System.err.println("the rehearsal failed: " + e);
            helper.destroyForcibly();
        }
        System.exit(0);
    }

    private Settings settings() throws IOException, InterruptedException {
        for (String name : List.of("shared", "state", "go")) {
            Files.createDirectories(dir.resolve(name));
        }
        Files.createFile(dir.resolve("message"));
        Files.writeString(dir.resolve("token"), FIRST);
        int port = freePort();
        int probePort = freePort();
        java(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Rehearsal.class.getName(),
                dir.toString(),
                "" + port,
                "" + probePort));
        await(dir.resolve("port"));
        return Settings.of(Map.of(
                "CLAUDEJOB_CREDENTIALS",
                Json.write(List.of(Map.of(
                        "name",
                        "rehearsal/token",
                        "kind",
                        "oauthToken",
                        "file",
                        dir.resolve("token").toString(),
                        "upstream",
                        "https://localhost:" + Files.readString(dir.resolve("port"))))),
                "CLAUDEJOB_CA_FILE",
                authority().toString(),
                "CLAUDEJOB_LISTEN",
                "127.0.0.1:" + port,
                "CLAUDEJOB_PROBE_PORT",
                Integer.toString(probePort),
                "CLAUDEJOB_SHARED",
                dir.resolve("shared").toString(),
                "CLAUDEJOB_STATE",
                dir.resolve("state").toString(),
                "CLAUDEJOB_GO",
                dir.resolve("go/go").toString(),
                "CLAUDEJOB_TERMINATION_LOG",
                dir.resolve("message").toString()));
    }

    private static Process java(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(arguments);
        return new ProcessBuilder(command).inheritIO().start();
    }

    private void play(int port, int probePort) throws IOException, InterruptedException, GeneralSecurityException {
        Path keys = makeKeys();
        HttpsServer upstream = startUpstream(keys);
        write("port", Integer.toString(upstream.getAddress().getPort()));
        await(dir.resolve("go/go"));
        ask("http://127.0.0.1:" + port + "/v1/messages?beta=true", "{\"messages\":[]}");
        ask("http://127.0.0.1:" + port + "/v1/messages", "x".repeat(600_000));
        ask("http://127.0.0.1:" + port + "/v1/models", null);
        ask("http://127.0.0.1:" + probePort + "/readyz", null);
        ask("http://127.0.0.1:" + probePort + "/healthz", null);
        write("shared/events.jsonl", """
                {"type":"system","subtype":"init","session_id":"s","model":"m","claude_code_version":"0"}
                {"type":"assistant","message":{"content":[{"type":"text","text":"Hello"},{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]}}
                {"type":"user","message":{"content":[{"type":"tool_result","content":"a b"}]}}
                {"type":"result","subtype":"success","is_error":false,"result":"Done","num_turns":1,"total_cost_usd":0.01,"modelUsage":{"m":{"inputTokens":1}},"usage":{"input_tokens":1}}
                """);
        write("shared/exit.json", "{\"rc\":0,\"term\":0,\"exit\":0}");
    }

    private void write(String name, String text) throws IOException {
        Path next = dir.resolve(name + ".next");
        Files.writeString(next, text);
        Files.move(next, dir.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** An authority, as an install may have its own, and a certificate of the upstream's that it vouches for: so that a chain is checked. */
    private Path makeKeys() throws IOException, InterruptedException {
        Path keys = dir.resolve("keys.p12");
        keytool(keys, "-genkeypair -alias ca -keyalg EC -groupname secp256r1 -dname CN=rehearsal -ext bc:c");
        keytool(
                keys,
                "-genkeypair -alias upstream -signer ca -keyalg EC -groupname secp256r1"
                        + " -dname CN=localhost -ext san=dns:localhost");
        keytool(keys, "-exportcert -rfc -alias ca -file " + authority());
        return keys;
    }

    private Path authority() {
        return dir.resolve("ca.crt");
    }

    private static void keytool(Path keys, String command) throws IOException, InterruptedException {
        // This is what keytool is; a runtime made by jlink has the class, but not the command.
        List<String> arguments = new ArrayList<>(List.of("-m", "java.base/sun.security.tools.keytool.Main"));
        arguments.addAll(List.of(command.split(" ")));
        arguments.addAll(List.of("-keystore", keys.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        if (java(arguments).waitFor() != 0) {
            throw new IllegalStateException("no keys could be made");
        }
    }

    private HttpsServer startUpstream(Path keys) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::serve);
        server.start();
        return server;
    }

    private void serve(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        if (String.valueOf(exchange.getRequestHeaders().getFirst("authorization"))
                .endsWith(FIRST)) {
            write("token", "sk-ant-oat01-second-rehearsal");
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().set("content-type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        for (int i = 0; i < 5; i++) {
            out.write("event: message_delta\ndata: {\"usage\":{\"output_tokens\":1}}\n\n"
                    .getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
        exchange.close();
    }

    private static void ask(String url, @Nullable String body) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(url).toURL().openConnection();
        if (body != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        if (connection.getResponseCode() != 200) {
            throw new IllegalStateException(url + " answered " + connection.getResponseCode());
        }
        connection.getInputStream().readAllBytes();
    }

    private static void await(Path file) throws InterruptedException {
        for (int i = 0; !Files.exists(file); i++) {
            if (i > PATIENCE_SECONDS * 50) {
                throw new IllegalStateException(file + " never came");
            }
            Thread.sleep(20);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
