package dev.claudejob.helper;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/**
 * Answers the kubelet's probes. Probes come to the Pod's address, so anyone in the cluster can reach this port: it has a thread
 * of its own, few connections with little time each, and knows three paths. It reads no more of a request than its first line.
 */
final class Probe implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 16;
    private static final int MILLIS = 1000;
    private static final int MAX_LINE = 256;

    private final ServerSocket server;
    private final Readiness readiness;
    private final BooleanSupplier started;
    private final Semaphore places = new Semaphore(MAX_CONNECTIONS);

    /**
     * Listens on all addresses; port 0 takes any free one.
     *
     * @param started whether the agent was let start
     */
    Probe(int port, Readiness readiness, BooleanSupplier started) throws IOException {
        this.server = new ServerSocket();
        this.readiness = readiness;
        this.started = started;
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(port), MAX_CONNECTIONS);
        Thread.ofPlatform().daemon().name("probe").start(this::serve);
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (places.tryAcquire()) {
                    Thread.startVirtualThread(() -> answer(socket));
                } else {
                    socket.close();
                }
            } catch (IOException e) {
                // Closed, or one connection that failed: the next one may do better.
            }
        }
    }

    private void answer(Socket socket) {
        try (socket) {
            String line = firstLine(socket);
            String problem = readiness.problem();
            String status;
            String words;
            if (line.startsWith("GET /healthz ")) {
                status = "200 OK";
                words = "ok";
            } else if (line.startsWith("GET /readyz ")) {
                status = problem.isEmpty() ? "200 OK" : "503 Service Unavailable";
                words = problem.isEmpty() ? "ok" : problem;
            } else if (line.startsWith("GET /startedz ")) {
                boolean ok = started.getAsBoolean();
                status = ok ? "200 OK" : "503 Service Unavailable";
                words = ok ? "ok" : "the agent waits to be let start";
            } else {
                status = "404 Not Found";
                words = "not found";
            }
            byte[] body = (words + "\n").getBytes(StandardCharsets.UTF_8);
            String head = "HTTP/1.1 " + status + "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: "
                    + body.length + "\r\nconnection: close\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            socket.shutdownOutput();
            drain(socket);
        } catch (IOException e) {
            // A prober that went away learns nothing, and need not.
        } finally {
            places.release();
        }
    }

    private static String firstLine(Socket socket) throws IOException {
        long deadline = System.nanoTime() + MILLIS * 1_000_000L;
        InputStream in = socket.getInputStream();
        StringBuilder line = new StringBuilder();
        while (line.length() < MAX_LINE) {
            // The time is for the whole line: one byte a second must not hold a place.
            socket.setSoTimeout((int) Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            int c = in.read();
            if (c < 0 || c == '\r' || c == '\n') {
                break;
            }
            line.append((char) c);
        }
        return line.toString();
    }

    // Closing with unread bytes would reset the connection, and the prober might never see the answer.
    private static void drain(Socket socket) throws IOException {
        socket.setSoTimeout(MILLIS / 4);
        byte[] rest = new byte[4096];
        if (socket.getInputStream().read(rest) >= 0 && socket.getInputStream().available() > 0) {
            socket.getInputStream().read(rest);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
