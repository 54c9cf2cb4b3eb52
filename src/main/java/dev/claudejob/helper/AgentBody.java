package dev.claudejob.helper;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** The body of a request of the agent's, unframed. A framing that is not to the letter is a {@link BadRequestException}. */
final class AgentBody extends InputStream {
    private static final int MAX_SIZE_DIGITS = 15;

    private final InputStream in;
    private final Runnable onEnd;
    private final OutputStream out;
    private final boolean chunked;
    private boolean askFirst;
    private boolean first = true;
    private boolean ended;
    private long left;

    /**
     * @param out where the agent is told to go on, if it waits for that
     * @param onEnd called once, when the last byte was read
     */
    AgentBody(InputStream in, RequestHead head, OutputStream out, Runnable onEnd) {
        this.in = in;
        this.out = out;
        this.onEnd = onEnd;
        this.chunked = head.length() < 0;
        this.left = Math.max(0, head.length());
        this.askFirst = head.awaitsContinue();
        if (!chunked && left == 0) {
            end();
        }
    }

    boolean ended() {
        return ended;
    }

    private void end() {
        ended = true;
        onEnd.run();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        if (length == 0) {
            return 0;
        }
        if (askFirst) {
            askFirst = false;
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
        if (chunked && left == 0) {
            left = chunkSize();
            if (left == 0) {
                lineEnd();
                end();
                return -1;
            }
        }
        int n = in.read(buffer, offset, (int) Math.min(length, left));
        if (n < 0) {
            throw new EOFException("the agent went away within a body");
        }
        left -= n;
        if (!chunked && left == 0) {
            end();
        }
        return n;
    }

    /** Digits and nothing else: extensions and trailers mean nothing here, and have hidden requests before. */
    private long chunkSize() throws IOException {
        if (!first) {
            lineEnd();
        }
        first = false;
        long size = 0;
        for (int digits = 0; ; digits++) {
            int c = in.read();
            if (c == '\r' && digits > 0) {
                if (in.read() != '\n') {
                    throw new BadRequestException("a chunk is malformed");
                }
                return size;
            }
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0 || digits == MAX_SIZE_DIGITS) {
                throw new BadRequestException("a chunk is malformed");
            }
            size = size * 16 + digit;
        }
    }

    private void lineEnd() throws IOException {
        if (in.read() != '\r' || in.read() != '\n') {
            throw new BadRequestException("a chunk is malformed");
        }
    }
}
