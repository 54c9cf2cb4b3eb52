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
    private static final int READ_MILLIS = 15 * 60_000;
    private static final int MAX_IDLE = 8;
    // Shorter than servers and load balancers keep idle connections, so that hardly ever a dead one is used.
    private static final long MAX_IDLE_NANOS = Duration.ofSeconds(20).toNanos();

    private final UpstreamAddress address;
    private final Dialer dialer;
    private final Deque<HttpConnection> idle = new ArrayDeque<>();

    HttpUpstream(UpstreamAddress address, Dialer dialer) {
        this.address = address;
        this.dialer = dialer;
    }

    @Override
    public Response send(String method, String target, Map<String, List<String>> headers, @Nullable RequestBody body)
            throws IOException {
        String line = method + " " + address.prefix() + target + " HTTP/1.1";
        while (true) {
            HttpConnection kept = takeIdle();
            HttpConnection connection = kept == null ? connect() : kept;
            try {
                return connection.exchange(line, address.authority(), headers, body);
            } catch (HttpConnection.NothingReceivedException e) {
                connection.close();
                // A kept connection that ends without a byte was closed by the other side before it saw the request.
                if (kept == null) {
                    throw new IOException(address + " closed the connection without an answer", e);
                }
            } catch (SocketTimeoutException e) {
                connection.close();
                throw new IOException(address + " did not answer in " + READ_MILLIS / 60_000 + " minutes", e);
            } catch (IOException | RuntimeException e) {
                connection.close();
                throw e;
            }
        }
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
            if (idle.size() < MAX_IDLE) {
                idle.addFirst(connection);
                return;
            }
        }
        connection.close();
    }

    private HttpConnection connect() throws IOException {
        Socket socket = dialer.dial();
        socket.setSoTimeout(READ_MILLIS);
        return new HttpConnection(socket, this::giveBack);
    }
}
