package dev.claudejob.helper;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Serves the agent over HTTP/1.1. What comes from it is hostile: anything that two parsers could read in two ways is refused, and its
 * connection closed. Each connection has a virtual thread of its own, because a request may wait for minutes.
 *
 * <p>In place of the JDK's server, which takes bare line ends, two lengths and absolute targets, and does not notice an agent that goes
 * away while a request waits.
 */
final class AgentServer implements AutoCloseable {
    /** Each may hold a TLS connection to the upstream, which takes 100 to 200 KiB: with 256 of them the helper's memory ran out. */
    private static final int MAX_CONNECTIONS = 128;

    private final ServerSocket server;
    private final HttpHandler handler;
    private final Room room;
    private final Set<AgentConnection> open = ConcurrentHashMap.newKeySet();

    private AgentServer(ServerSocket server, HttpHandler handler, Room room) {
        this.server = server;
        this.handler = handler;
        this.room = room;
    }

    /**
     * Listens, and serves until it is closed.
     *
     * @param room for the heads of requests
     */
    static AgentServer listen(InetSocketAddress address, HttpHandler handler, Room room) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(address, MAX_CONNECTIONS);
        AgentServer server = new AgentServer(socket, handler, room);
        Thread.ofPlatform().daemon().name("agent").start(server::accept);
        return server;
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                if (open.size() >= MAX_CONNECTIONS) {
                    socket.close();
                    continue;
                }
                AgentConnection connection = new AgentConnection(socket, handler, room);
                open.add(connection);
                Thread.startVirtualThread(() -> {
                    try {
                        connection.serve();
                    } finally {
                        open.remove(connection);
                    }
                });
            } catch (IOException e) {
                // Closed, or one connection that failed: the next one may do better.
            }
        }
    }

    /** Stops listening and breaks off what is under way. */
    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException alreadyClosed) {
            // Nothing is left to close.
        }
        open.forEach(AgentConnection::close);
    }
}
