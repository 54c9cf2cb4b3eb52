package dev.claudejob.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** As much of HTTP/1.1 as a well-behaved client and server need. */
final class Wire {
    /** What the agent sends in place of the credential. */
    static final String PLACEHOLDER = "sk-ant-api03-placeholder";

    private Wire() {}

    /** A message's head and how its body is framed. {@code length} is -1 when it is chunked. */
    record Head(String first, String all, long length) {}

    static Head head(InputStream in) throws IOException {
        String first = line(in);
        StringBuilder all = new StringBuilder();
        long length = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            String lower = line.toLowerCase(Locale.ROOT);
            all.append(lower).append('\n');
            if (lower.startsWith("content-length:")) {
                length = Long.parseLong(lower.substring(15).strip());
            } else if (lower.startsWith("transfer-encoding:")) {
                length = -1;
            }
        }
        return new Head(first, all.toString(), length);
    }

    /** Reads a body away; returns its length. */
    static long skipBody(InputStream in, Head head, byte[] buffer) throws IOException {
        if (head.length >= 0) {
            skip(in, head.length, buffer);
            return head.length;
        }
        long total = 0;
        while (true) {
            long size = Long.parseLong(line(in), 16);
            skip(in, size, buffer);
            line(in);
            if (size == 0) {
                return total;
            }
            total += size;
        }
    }

    private static void skip(InputStream in, long count, byte[] buffer) throws IOException {
        for (long left = count; left > 0; ) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) {
                throw new EOFException("broke off");
            }
            left -= n;
        }
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("broke off");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    static byte[] request(int bodyBytes) {
        return request(bodyBytes, 1, 256);
    }

    /** A request to the {@link TlsUpstream}, which is told what to answer. */
    static byte[] request(int bodyBytes, int events, int eventBytes) {
        String head = "POST /v1/messages?beta=true HTTP/1.1\r\nhost: api\r\nx-api-key: " + PLACEHOLDER + "\r\n"
                + "content-type: application/json\r\nx-events: " + events + "\r\nx-event-bytes: " + eventBytes
                + "\r\ncontent-length: " + bodyBytes + "\r\n\r\n";
        byte[] bytes = new byte[head.length() + bodyBytes];
        Arrays.fill(bytes, (byte) 'x');
        System.arraycopy(head.getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, head.length());
        return bytes;
    }
}
