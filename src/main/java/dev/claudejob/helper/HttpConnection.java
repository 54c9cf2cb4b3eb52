package dev.claudejob.helper;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One HTTP/1.1 connection, used for one exchange at a time. */
final class HttpConnection {
    // Heads only: what a body is read and written by is larger, and passes these by.
    private static final int BUFFER = 4 * 1024;
    private static final int MAX_HEADERS = 200;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final Consumer<HttpConnection> giveBack;
    private long idleSince = System.nanoTime();

    /** @param giveBack called when an exchange ended so that the connection can serve another */
    HttpConnection(Socket socket, Consumer<HttpConnection> giveBack) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), BUFFER);
        this.out = new BufferedOutputStream(socket.getOutputStream(), BUFFER);
        this.giveBack = giveBack;
    }

    /** The connection ended before a byte of an answer came. */
    static final class NothingReceivedException extends IOException {
        private static final long serialVersionUID = 1L;

        NothingReceivedException(@Nullable Throwable cause) {
            super("the connection ended", cause);
        }
    }

    long idleNanos() {
        return System.nanoTime() - idleSince;
    }

    void close() {
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // Nothing is left to give up.
        }
    }

    Upstream.Response exchange(String line, String host, Map<String, List<String>> headers, @Nullable RequestBody body)
            throws IOException {
        IOException broken = null;
        try {
            write(line, host, headers, body);
        } catch (RequestBody.LostException e) {
            throw e;
        } catch (IOException e) {
            // Who refuses a large request need not read it to its end, and has said why.
            broken = e;
        }
        try {
            in.mark(1);
            if (in.read() < 0) {
                throw new NothingReceivedException(broken);
            }
            in.reset();
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw new NothingReceivedException(broken == null ? e : broken);
        }
        return read(line.startsWith("HEAD "), broken == null);
    }

    private void write(String line, String host, Map<String, List<String>> headers, @Nullable RequestBody body)
            throws IOException {
        StringBuilder head =
                new StringBuilder(line).append("\r\nhost: ").append(host).append("\r\n");
        headers.forEach((name, values) -> {
            for (String value : values) {
                // The server in front has parsed these, so a line end can't be in them; a mistake there must not become
                // a second request.
                if (value.indexOf('\r') < 0 && value.indexOf('\n') < 0) {
                    head.append(name).append(": ").append(value).append("\r\n");
                }
            }
        });
        if (body != null) {
            head.append("content-length: ").append(body.length()).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        if (body != null) {
            body.writeTo(out);
        }
        out.flush();
    }

    /** @param whole whether the request went out to its end */
    private Upstream.Response read(boolean headOnly, boolean whole) throws IOException {
        while (true) {
            String statusLine = line();
            if (!statusLine.matches("HTTP/1\\.[01] [1-9][0-9]{2}( .*)?")) {
                throw new IOException("the upstream's answer is not HTTP/1.1");
            }
            int status = Integer.parseInt(statusLine, 9, 12, 10);
            Map<String, List<String>> headers = headers();
            if (status >= 200) {
                boolean keep = whole && statusLine.startsWith("HTTP/1.1") && !says(headers, "connection", "close");
                return new Answer(status, headers, body(status, headers, headOnly, keep));
            }
            if (status == 101) {
                throw new IOException("the upstream changed the protocol unasked");
            }
        }
    }

    private Map<String, List<String>> headers() throws IOException {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (int n = 0; n < MAX_HEADERS; n++) {
            String line = line();
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            // A CR in the middle could end the line for whoever reads it next.
            if (colon <= 0
                    || line.indexOf('\r') >= 0
                    || line.substring(0, colon).isBlank()
                    || Character.isWhitespace(line.charAt(0))) {
                throw new IOException("the upstream sent a malformed header");
            }
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        throw new IOException("the upstream sent too many headers");
    }

    private BodyStream body(int status, Map<String, List<String>> headers, boolean headOnly, boolean keep)
            throws IOException {
        Consumer<Boolean> ended = clean -> {
            if (clean && keep) {
                idleSince = System.nanoTime();
                giveBack.accept(this);
            } else {
                close();
            }
        };
        if (headOnly || status == 204 || status == 304) {
            return BodyStream.ofLength(in, 0, ended);
        }
        if (headers.containsKey("transfer-encoding")) {
            if (!says(headers, "transfer-encoding", "chunked")) {
                throw new IOException("the upstream uses an unknown transfer encoding");
            }
            return BodyStream.chunked(in, ended);
        }
        List<String> lengths = headers.getOrDefault("content-length", List.of());
        if (lengths.isEmpty()) {
            return BodyStream.untilClosed(in, ended);
        }
        if (lengths.stream().distinct().count() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw new IOException("the upstream sent a malformed content-length");
        }
        return BodyStream.ofLength(in, Long.parseLong(lengths.getFirst()), ended);
    }

    private static boolean says(Map<String, List<String>> headers, String name, String value) {
        return headers.getOrDefault(name, List.of()).stream().anyMatch(value::equalsIgnoreCase);
    }

    private String line() throws IOException {
        return BodyStream.line(in);
    }

    private record Answer(int status, Map<String, List<String>> headers, BodyStream stream)
            implements Upstream.Response {
        @Override
        public InputStream body() {
            return stream;
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
