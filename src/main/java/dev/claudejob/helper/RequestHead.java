package dev.claudejob.helper;

import com.sun.net.httpserver.Headers;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;

/**
 * The head of a request, read as RFC 9112 writes it and no laxer: lines end in CR LF, the target is a path, one Host, and no doubt about
 * where the body ends.
 *
 * @param uri path and query, with a host that means nothing
 * @param length of the body in bytes; -1 when it is chunked
 * @param close whether the connection is to serve no more
 * @param awaitsContinue whether the body comes only when it is asked for
 */
record RequestHead(String method, URI uri, Headers headers, long length, boolean close, boolean awaitsContinue) {
    private static final int MAX_BYTES = 64 * 1024;
    // A head is kept as lines, as a URI, and for a moment as what goes upstream.
    private static final int COPIES = 4;
    private static final int STEP = 1024;
    private static final int MAX_HEADERS = 200;
    private static final String TOKEN = "!#$%&'*+-.^_`|~";

    /** @param share grows by what the head takes in memory */
    static RequestHead read(InputStream in, Room.Share share) throws IOException {
        HeadLines lines = new HeadLines(in, share);
        String line = lines.next();
        String[] parts = line.split(" ", -1);
        if (parts.length != 3 || !parts[0].matches("[A-Z]{1,20}")) {
            throw new BadRequestException("the request line is malformed");
        }
        if (!parts[2].equals("HTTP/1.1")) {
            throw new BadRequestException(
                    parts[2].matches("HTTP/[0-9]\\.[0-9]") ? 505 : 400, "only HTTP/1.1 is spoken");
        }
        URI uri = target(parts[1]);
        Headers headers = headers(lines);
        if (values(headers, "host").size() != 1) {
            throw new BadRequestException("there must be one Host header");
        }
        return new RequestHead(parts[0], uri, headers, length(headers), closes(headers), awaitsContinue(headers));
    }

    private static URI target(String target) throws BadRequestException {
        // Not as a URI of its own: two slashes would start a host.
        if (target.startsWith("/") && target.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#' && c != '\\')) {
            try {
                return new URI("http://helper" + target);
            } catch (URISyntaxException e) {
                // Said below.
            }
        }
        throw new BadRequestException("the target must be a path");
    }

    private static Headers headers(HeadLines lines) throws IOException {
        Headers headers = new Headers();
        for (int n = 0; ; n++) {
            String line = lines.next();
            if (line.isEmpty()) {
                return headers;
            }
            int colon = line.indexOf(':');
            if (n == MAX_HEADERS) {
                throw new BadRequestException(431, "there are too many headers");
            }
            // A line that goes on in the next starts with a space there, and a space is no part of a name.
            if (colon < 1 || !line.substring(0, colon).chars().allMatch(RequestHead::isToken)) {
                throw new BadRequestException("a header's name is malformed");
            }
            headers.add(line.substring(0, colon), blanksOff(line.substring(colon + 1)));
        }
    }

    private static boolean isToken(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || TOKEN.indexOf(c) >= 0;
    }

    private static String blanksOff(String value) {
        int from = 0;
        int to = value.length();
        while (from < to && (value.charAt(from) == ' ' || value.charAt(from) == '\t')) {
            from++;
        }
        while (to > from && (value.charAt(to - 1) == ' ' || value.charAt(to - 1) == '\t')) {
            to--;
        }
        return value.substring(from, to);
    }

    private static long length(Headers headers) throws BadRequestException {
        List<String> lengths = values(headers, "content-length");
        List<String> encodings = values(headers, "transfer-encoding");
        if (!encodings.isEmpty()) {
            if (!lengths.isEmpty()) {
                throw new BadRequestException("there must not be both Content-Length and Transfer-Encoding");
            }
            if (encodings.size() > 1 || !encodings.getFirst().equalsIgnoreCase("chunked")) {
                throw new BadRequestException(501, "the only transfer encoding is chunked");
            }
            return -1;
        }
        if (lengths.isEmpty()) {
            return 0;
        }
        if (lengths.size() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw new BadRequestException("there must be one Content-Length, a number");
        }
        return Long.parseLong(lengths.getFirst());
    }

    private static boolean closes(Headers headers) {
        return values(headers, "connection").stream()
                .anyMatch(value -> List.of(value.toLowerCase(Locale.ROOT).split("[ \t]*,[ \t]*", -1))
                        .contains("close"));
    }

    private static boolean awaitsContinue(Headers headers) throws BadRequestException {
        List<String> expectations = values(headers, "expect");
        if (expectations.isEmpty()) {
            return false;
        }
        if (expectations.size() > 1 || !expectations.getFirst().equalsIgnoreCase("100-continue")) {
            throw new BadRequestException(417, "the only expectation is 100-continue");
        }
        return true;
    }

    private static List<String> values(Headers headers, String name) {
        List<String> values = headers.get(name);
        return values == null ? List.of() : values;
    }

    /** HeadLines of visible text that end in CR LF, of a bounded length together. */
    private static final class HeadLines {
        private final InputStream in;
        private final Room.Share share;
        private int left = MAX_BYTES;

        HeadLines(InputStream in, Room.Share share) {
            this.in = in;
            this.share = share;
        }

        String next() throws IOException {
            StringBuilder line = new StringBuilder(64);
            while (true) {
                int c = in.read();
                if (c < 0) {
                    throw new EOFException("the agent went away within a head");
                }
                if (left == 0) {
                    throw new BadRequestException(431, "the head is longer than " + MAX_BYTES + " bytes");
                }
                if (left % STEP == 0 && !share.grow((long) (MAX_BYTES - left + STEP) * COPIES)) {
                    throw new BadRequestException(503, "too many requests at once");
                }
                left--;
                if (c == '\r') {
                    if (in.read() != '\n') {
                        throw new BadRequestException("a line must end in CR LF");
                    }
                    return line.toString();
                }
                if (c != '\t' && (c < ' ' || c == 0x7f)) {
                    throw new BadRequestException("there is a control character in the head");
                }
                line.append((char) c);
            }
        }
    }
}
