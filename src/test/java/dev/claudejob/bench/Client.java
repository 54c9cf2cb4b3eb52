package dev.claudejob.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLContext;

/** One kept connection. */
final class Client implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[64 * 1024];

    private Client(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream(), 32 * 1024);
    }

    /** @param tls null for plain HTTP */
    static Client to(int port, SSLContext tls) throws IOException {
        Socket plain = new Socket(InetAddress.getByName("127.0.0.1"), port);
        return new Client(tls == null ? plain : tls.getSocketFactory().createSocket(plain, "localhost", port, true));
    }

    /** Sends a request and reads the whole answer. Returns the nanoseconds to its first byte. */
    long ask(byte[] request) throws IOException {
        long begin = System.nanoTime();
        socket.getOutputStream().write(request);
        socket.getOutputStream().flush();
        in.mark(1);
        if (in.read() < 0) {
            throw new IOException("no answer");
        }
        long firstByte = System.nanoTime() - begin;
        in.reset();
        Wire.Head head = Wire.head(in);
        if (!head.first().contains(" 200")) {
            throw new IOException("answered " + head.first() + ": " + new String(in.readNBytes((int) head.length())));
        }
        Wire.skipBody(in, head, buffer);
        return firstByte;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
