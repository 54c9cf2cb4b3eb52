package dev.claudejob.helper;

import com.sun.net.httpserver.HttpHandler;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One connection of the agent, and the requests on it, one after the other. */
final class AgentConnection {
    // Heads, and events of a stream; what is longer passes by.
    private static final int BUFFER = 4 * 1024;
    // Between two bytes of one request; an idle connection may wait as long as it likes.
    private static final int READ_MILLIS = 60_000;
    private static final int LINGER_MILLIS = 2_000;
    private static final long LINGER_BYTES = 64L * 1024 * 1024;

    private final Socket socket;
    private final HttpHandler handler;
    private final Room room;
    private final InputStream in;
    private final OutputStream out;

    // Waits for what the agent sends next while a request is served: more, or its end.
    private @Nullable Thread watcher;
    private @Nullable Thread serving;
    private boolean gone;

    /** @param room for the heads of requests */
    AgentConnection(Socket socket, HttpHandler handler, Room room) throws IOException {
        this.socket = socket;
        this.handler = handler;
        this.room = room;
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
        this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);
    }

    /** Serves requests until either side has enough. */
    void serve() {
        try (socket) {
            boolean more = peek();
            while (more) {
                more = serveOne() && watched();
            }
        } catch (IOException e) {
            // The agent went away, or an answer broke off: closing tells it so.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether a next request has begun. */
    private boolean watched() throws InterruptedException {
        if (watcher == null) {
            return false;
        }
        watcher.join();
        watcher = null;
        synchronized (this) {
            return !gone;
        }
    }

    /** Returns whether the connection can serve another. */
    private boolean serveOne() throws IOException, InterruptedException {
        socket.setSoTimeout(READ_MILLIS);
        AgentExchange exchange = null;
        try (Room.Share share = room.share()) {
            RequestHead head = RequestHead.read(in, share);
            exchange = new AgentExchange(socket, head, in, out, this::requestIsRead);
            handler.handle(exchange);
        } catch (BadRequestException e) {
            if (exchange != null && exchange.getResponseCode() != -1) {
                throw e;
            }
            AgentExchange.refuse(out, e);
            leave();
            return false;
        } finally {
            answered();
        }
        if (!exchange.complete()) {
            throw new IOException("an answer was left unfinished");
        }
        if (!exchange.keepsConnection()) {
            leave();
            return false;
        }
        return true;
    }

    /**
     * From now on the agent has nothing to say but a next request. If it closes its side instead, nobody waits for the answer any more:
     * whoever works on it is interrupted, which ends the upstream's work, too.
     */
    private void requestIsRead() {
        synchronized (this) {
            serving = Thread.currentThread();
        }
        watcher = Thread.startVirtualThread(() -> {
            if (!peek()) {
                synchronized (this) {
                    gone = true;
                    if (serving != null) {
                        serving.interrupt();
                    }
                }
            }
        });
    }

    private synchronized void answered() {
        serving = null;
    }

    private boolean peek() {
        try {
            socket.setSoTimeout(0);
            in.mark(1);
            boolean more = in.read() >= 0;
            in.reset();
            return more;
        } catch (IOException e) {
            return false;
        }
    }

    /** Closing with unread bytes would reset the connection, and the agent might never see the answer. */
    private void leave() throws IOException, InterruptedException {
        out.flush();
        socket.shutdownOutput();
        if (watcher != null && !watcher.join(Duration.ofMillis(LINGER_MILLIS))) {
            return;
        }
        long end = System.nanoTime() + LINGER_MILLIS * 1_000_000L;
        socket.setSoTimeout(LINGER_MILLIS);
        byte[] rest = new byte[BUFFER];
        long read = 0;
        for (int n = in.read(rest); n >= 0; n = in.read(rest)) {
            read += n;
            if (read > LINGER_BYTES || System.nanoTime() > end) {
                return;
            }
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // Nothing is left to give up.
        }
    }
}
