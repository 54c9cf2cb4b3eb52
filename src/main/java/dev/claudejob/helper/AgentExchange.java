package dev.claudejob.helper;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import dev.claudejob.summary.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One request of the agent and its answer, in the shape that the JDK gives to what handles them. */
final class AgentExchange extends HttpExchange {
    private final Socket socket;
    private final RequestHead head;
    private final AgentBody body;
    private final OutputStream out;
    private final Headers answerHeaders = new Headers();
    private @Nullable Answer answer;
    private int status = -1;
    private boolean keep;

    /** @param requestIsRead called when the last byte of the request was read */
    AgentExchange(Socket socket, RequestHead head, InputStream in, OutputStream out, Runnable requestIsRead) {
        this.socket = socket;
        this.head = head;
        this.out = out;
        this.body = new AgentBody(in, head, out, requestIsRead);
    }

    /** Answers what could not be read as a request. */
    static void refuse(OutputStream out, BadRequestException e) throws IOException {
        byte[] error = Json.write(Map.of(
                        "type",
                        "error",
                        "error",
                        Map.of(
                                "type",
                                e.status() == 503 ? "overloaded_error" : "invalid_request_error",
                                "message",
                                "claudejob: " + e.getMessage())))
                .getBytes(StandardCharsets.UTF_8);
        out.write(("HTTP/1.1 " + e.status()
                        + " \r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: " + error.length
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(error);
    }

    boolean complete() {
        return answer != null && answer.done;
    }

    boolean keepsConnection() {
        return keep;
    }

    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        if (answer != null) {
            throw new IOException("the answer has begun already");
        }
        status = code;
        // A body that nobody read would be taken for the next request.
        keep = !head.close() && body.ended() && !"close".equals(answerHeaders.getFirst("connection"));
        boolean bodiless = head.method().equals("HEAD") || code == 204 || code == 304;
        StringBuilder text = new StringBuilder(512);
        text.append("HTTP/1.1 ").append(code).append(" \r\n");
        answerHeaders.forEach((name, values) -> {
            if (!name.equalsIgnoreCase("connection")) {
                values.forEach(
                        value -> text.append(name).append(": ").append(value).append("\r\n"));
            }
        });
        if (!keep) {
            text.append("connection: close\r\n");
        }
        if (!bodiless) {
            text.append(
                    length == 0 ? "transfer-encoding: chunked\r\n" : "content-length: " + Math.max(0, length) + "\r\n");
        }
        out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        answer = new Answer(out, bodiless || length < 0 ? 0 : length == 0 ? -1 : length);
    }

    @Override
    public void close() {
        try {
            if (answer != null) {
                answer.close();
            }
        } catch (IOException e) {
            // The connection is closed then, which says it.
        }
    }

    @Override
    public OutputStream getResponseBody() {
        if (answer == null) {
            throw new IllegalStateException("the head comes first");
        }
        return answer;
    }

    @Override
    public Headers getRequestHeaders() {
        return head.headers();
    }

    @Override
    public Headers getResponseHeaders() {
        return answerHeaders;
    }

    @Override
    public URI getRequestURI() {
        return head.uri();
    }

    @Override
    public String getRequestMethod() {
        return head.method();
    }

    @Override
    public InputStream getRequestBody() {
        return body;
    }

    @Override
    public int getResponseCode() {
        return status;
    }

    @Override
    public String getProtocol() {
        return "HTTP/1.1";
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return (InetSocketAddress) socket.getRemoteSocketAddress();
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    @Override
    public HttpContext getHttpContext() {
        throw new UnsupportedOperationException("there is one handler for all");
    }

    @Override
    public HttpPrincipal getPrincipal() {
        throw new UnsupportedOperationException("the agent has no name");
    }

    @Override
    public Object getAttribute(String name) {
        throw new UnsupportedOperationException("attributes are not kept");
    }

    @Override
    public void setAttribute(String name, Object value) {
        throw new UnsupportedOperationException("attributes are not kept");
    }

    @Override
    public void setStreams(InputStream in, OutputStream replacement) {
        throw new UnsupportedOperationException("streams are what they are");
    }

    /** The answer's body, framed: by length, or in chunks, one a write. */
    private static final class Answer extends OutputStream {
        private final OutputStream out;
        private final boolean chunked;
        private long left;
        private boolean done;

        /** @param length -1 for chunks */
        Answer(OutputStream out, long length) {
            this.out = out;
            this.chunked = length < 0;
            this.left = Math.max(0, length);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            if (done || (!chunked && count > left)) {
                throw new IOException("the answer is longer than it was said to be");
            }
            if (count == 0) {
                return;
            }
            if (chunked) {
                out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            }
            out.write(bytes, offset, count);
            if (chunked) {
                out.write('\r');
                out.write('\n');
            }
            left -= chunked ? 0 : count;
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            if (done) {
                return;
            }
            if (left > 0) {
                throw new IOException("the answer is shorter than it was said to be");
            }
            if (chunked) {
                out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.flush();
            done = true;
        }
    }
}
