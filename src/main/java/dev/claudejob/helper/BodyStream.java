package dev.claudejob.helper;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/**
 * A response body, unframed. It tells once how it ended: clean, when its last byte was read, so that the connection can be used
 * again; else not.
 */
abstract sealed class BodyStream extends InputStream {
    private static final int MAX_LINE = 16 * 1024;

    final InputStream in;
    private final Consumer<Boolean> onEnd;
    private boolean ended;

    private BodyStream(InputStream in, Consumer<Boolean> onEnd) {
        this.in = in;
        this.onEnd = onEnd;
    }

    static BodyStream ofLength(InputStream in, long length, Consumer<Boolean> onEnd) {
        return new OfLength(in, length, onEnd);
    }

    static BodyStream chunked(InputStream in, Consumer<Boolean> onEnd) {
        return new Chunked(in, onEnd);
    }

    static BodyStream untilClosed(InputStream in, Consumer<Boolean> onEnd) {
        return new UntilClosed(in, onEnd);
    }

    /** Reads a line that ends in CR LF or LF, without its end. */
    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("the upstream's answer broke off");
            }
            if (c == '\n') {
                int end = line.length();
                return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
            }
            if (line.length() == MAX_LINE) {
                throw new IOException("the upstream sent too long a line");
            }
            line.append((char) c);
        }
    }

    /** Some bytes, as soon as there are any; -1 at the end. */
    abstract int next(byte[] buffer, int offset, int length) throws IOException;

    final void end(boolean clean) {
        if (!ended) {
            ended = true;
            onEnd.accept(clean);
        }
    }

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public final int read(byte[] buffer, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        try {
            return length == 0 ? 0 : next(buffer, offset, length);
        } catch (IOException e) {
            throw AgentGoneException.or(e);
        }
    }

    @Override
    public final void close() {
        end(false);
    }

    private static int some(InputStream in, byte[] buffer, int offset, int length) throws IOException {
        int n = in.read(buffer, offset, length);
        if (n < 0) {
            throw new EOFException("the upstream's answer broke off");
        }
        return n;
    }

    private static final class OfLength extends BodyStream {
        private long left;

        private OfLength(InputStream in, long length, Consumer<Boolean> onEnd) {
            super(in, onEnd);
            left = length;
            if (left == 0) {
                end(true);
            }
        }

        @Override
        int next(byte[] buffer, int offset, int length) throws IOException {
            int n = some(in, buffer, offset, (int) Math.min(length, left));
            left -= n;
            if (left == 0) {
                end(true);
            }
            return n;
        }
    }

    private static final class Chunked extends BodyStream {
        private long left;
        private boolean first = true;

        private Chunked(InputStream in, Consumer<Boolean> onEnd) {
            super(in, onEnd);
        }

        @Override
        int next(byte[] buffer, int offset, int length) throws IOException {
            if (left == 0) {
                left = chunkSize();
                if (left == 0) {
                    while (!line(in).isEmpty()) {
                        // Trailers are hop-by-hop here: nobody asked for any.
                    }
                    end(true);
                    return -1;
                }
            }
            int n = some(in, buffer, offset, (int) Math.min(length, left));
            left -= n;
            return n;
        }

        private long chunkSize() throws IOException {
            if (!first && !line(in).isEmpty()) {
                throw new IOException("the upstream sent a malformed chunk");
            }
            first = false;
            String line = line(in);
            int end = line.indexOf(';');
            String size = (end < 0 ? line : line.substring(0, end)).strip();
            if (!size.matches("[0-9a-fA-F]{1,15}")) {
                throw new IOException("the upstream sent a malformed chunk");
            }
            return Long.parseLong(size, 16);
        }
    }

    private static final class UntilClosed extends BodyStream {
        private UntilClosed(InputStream in, Consumer<Boolean> onEnd) {
            super(in, onEnd);
        }

        @Override
        int next(byte[] buffer, int offset, int length) throws IOException {
            int n = in.read(buffer, offset, length);
            if (n < 0) {
                end(false);
            }
            return n;
        }
    }
}
