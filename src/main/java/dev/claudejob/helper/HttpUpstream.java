package dev.claudejob.helper;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An upstream over HTTP/1.1 on plain sockets. The JDK's HttpClient in its place took 15 MiB and 0.7 ms a request more, which every
 * running job would pay. Connections are kept for the next request.
 */
final class HttpUpstream implements Upstream {
    // The API may think for minutes before it answers; the client has its own, shorter patience.
    private static final Duration SILENCE = Duration.ofMinutes(15);
    // As many as the proxy serves at once: a handshake costs more than all else that the helper does for a request.
    private static final int MAX_IDLE = 128;
    // Shorter than servers and load balancers keep idle connections, so that hardly ever a dead one is used.
    private static final long MAX_IDLE_NANOS = Duration.ofSeconds(20).toNanos();

    /**
     * A kept connection that the other side has closed already fails within a round trip. What is cut later may have been worked on, and paid for.
     */
    static final Duration RACE = Duration.ofSeconds(2);

    private final UpstreamAddress address;
    private final Dialer dialer;
    private final Duration silence;
    private final Deque<HttpConnection> idle = new ArrayDeque<>();

    HttpUpstream(UpstreamAddress address, Dialer dialer) {
        this(address, dialer, SILENCE);
    }

    /** @param silence how long the upstream may say nothing while it owes an answer, or the rest of one */
    HttpUpstream(UpstreamAddress address, Dialer dialer, Duration silence) {
        this.address = address;
        this.dialer = dialer;
        this.silence = silence;
    }

    @Override
    public Response send(String method, String target, Map<String, List<String>> headers, @Nullable RequestBody body)
            throws IOException {
        String line = method + " " + address.prefix() + target + " HTTP/1.1";
        while (true) {
            HttpConnection kept = takeIdle();
            HttpConnection connection = null;
            long begin = System.nanoTime();
            try {
                connection = kept == null ? connect() : kept;
                return connection.exchange(line, address.authority(), headers, body);
            } catch (IOException | RuntimeException e) {
                if (connection != null) {
                    connection.close();
                }
                if (e instanceof IOException failure && !worthAnotherTry(failure, kept != null, begin)) {
                    throw explained(failure);
                } else if (e instanceof RuntimeException) {
                    throw e;
                }
            }
        }
    }

    /** A kept connection that ends at once and without a byte was closed by the other side before it saw the request. */
    private static boolean worthAnotherTry(IOException failure, boolean kept, long begin) {
        return kept
                && failure instanceof HttpConnection.NothingReceivedException
                && System.nanoTime() - begin < RACE.toNanos()
                && !Thread.currentThread().isInterrupted();
    }

    private IOException explained(IOException failure) {
        IOException truth = AgentGoneException.or(failure);
        return switch (truth) {
            case HttpConnection.NothingReceivedException e ->
                new IOException(address + " closed the connection without an answer", e);
            case SocketTimeoutException e ->
                new IOException(address + " did not answer in " + silence.toSeconds() + " s", e);
            default -> truth;
        };
    }

    /** Opens a connection ahead of the first request, which else would pay for DNS, TCP, TLS and the trust store. */
    void warmUp() {
        try {
            giveBack(connect());
        } catch (IOException | RuntimeException e) {
            // The first request will find out, and has someone to tell.
        }
    }

    private @Nullable HttpConnection takeIdle() {
        synchronized (idle) {
            while (true) {
                HttpConnection connection = idle.pollFirst();
                if (connection == null || connection.idleNanos() < MAX_IDLE_NANOS) {
                    return connection;
                }
                connection.close();
            }
        }
    }

    private void giveBack(HttpConnection connection) {
        synchronized (idle) {
            // The last one used is used first, so the oldest are at the end.
            for (HttpConnection oldest = idle.peekLast();
                    oldest != null && oldest.idleNanos() >= MAX_IDLE_NANOS;
                    oldest = idle.peekLast()) {
                idle.removeLast();
                oldest.close();
            }
            if (idle.size() < MAX_IDLE) {
                idle.addFirst(connection);
                return;
            }
        }
        connection.close();
    }

    private HttpConnection connect() throws IOException {
        Socket socket = dialer.dial();
        socket.setSoTimeout((int) silence.toMillis());
        return new HttpConnection(socket, this::giveBack);
    }
}
