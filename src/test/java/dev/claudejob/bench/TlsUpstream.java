package dev.claudejob.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Plays the Messages API: reads a request, then streams as many events as the request says. It counts requests with a wrong credential. */
final class TlsUpstream implements AutoCloseable {
    static final String CREDENTIAL = "sk-ant-api03-bench";
    private static final String PASSWORD = "password";

    final Path authority;
    final SSLContext context;
    /** Requests with both credentials, or with none. */
    final AtomicLong strangers = new AtomicLong();

    /** Requests as the load generator sends them: those that came directly. */
    final AtomicLong unchanged = new AtomicLong();

    private final ServerSocket server;

    TlsUpstream(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        authority = folder.resolve("ca.crt");
        String keys = folder.resolve("keys.p12").toString();
        keytool(keys, "-genkeypair -alias ca -keyalg EC -groupname secp256r1 -dname CN=bench -ext bc:c");
        keytool(
                keys,
                "-genkeypair -alias server -signer ca -keyalg EC -groupname secp256r1 -dname CN=localhost -ext san=dns:localhost");
        keytool(keys, "-exportcert -rfc -alias ca -file " + authority);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(keys))) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
        server = context.getServerSocketFactory().createServerSocket(0, 512, InetAddress.getByName("127.0.0.1"));
        Thread.ofPlatform().daemon().start(this::accept);
    }

    private static void keytool(String keys, String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments.split(" ")));
        command.addAll(List.of("-keystore", keys, "-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("keytool failed: " + arguments);
        }
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Thread.startVirtualThread(() -> serve(socket));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream(), 32 * 1024);
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[64 * 1024];
            while (true) {
                Wire.Head head = Wire.head(in);
                boolean placeholder = head.all().contains(Wire.PLACEHOLDER);
                if (head.all().contains(CREDENTIAL) == placeholder) {
                    strangers.incrementAndGet();
                }
                if (placeholder) {
                    unchanged.incrementAndGet();
                }
                Wire.skipBody(in, head, buffer);
                answer(out, number(head.all(), "x-events: "), number(head.all(), "x-event-bytes: "));
            }
        } catch (IOException e) {
            // The client is done.
        }
    }

    private static int number(String headers, String name) {
        int at = headers.indexOf(name);
        return at < 0
                ? 1
                : Integer.parseInt(headers.substring(at + name.length(), headers.indexOf('\n', at))
                        .strip());
    }

    private static void answer(OutputStream out, int events, int bytes) throws IOException {
        out.write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        byte[] event =
                (Integer.toHexString(bytes) + "\r\n" + "e".repeat(bytes) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < events; i++) {
            out.write(event);
            out.flush();
        }
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
