package dev.claudejob.helper;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request's body, kept so that it can be sent again: in memory, or past a size, or when memory has no room, in a file that has no name any more.
 */
final class RequestBody implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final List<byte[]> memory = new ArrayList<>();
    private final Room.Share share;
    private final Limits limits;
    private long length;
    private @Nullable Spool spool;

    private RequestBody(Limits limits) {
        this.limits = limits;
        this.share = limits.memory.share();
    }

    /**
     * @param memoryBytes what is kept of one body in memory at most
     * @param maxBytes longest body
     * @param memory for all bodies in memory
     * @param folder where longer bodies go
     * @param disk for all bodies in files
     */
    record Limits(int memoryBytes, long maxBytes, Room memory, Path folder, Room disk) {}

    /** The body is longer than the limit. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** There is no room for the body now. */
    static final class NoSpaceException extends IOException {
        private static final long serialVersionUID = 1L;

        NoSpaceException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** What was kept can't be read any more. */
    static final class LostException extends IOException {
        private static final long serialVersionUID = 1L;

        LostException(IOException cause) {
            super("a large request can't be read back from disk: " + cause.getMessage(), cause);
        }
    }

    /** Reads a body to its end. */
    static RequestBody keep(InputStream in, Limits limits) throws IOException {
        RequestBody body = new RequestBody(limits);
        try {
            body.read(in);
            return body;
        } catch (IOException | RuntimeException e) {
            body.close();
            throw e;
        }
    }

    private void read(InputStream in) throws IOException {
        while (length < limits.memoryBytes && share.grow(length + BUFFER)) {
            byte[] piece = in.readNBytes(BUFFER);
            memory.add(piece);
            length += piece.length;
            if (piece.length < BUFFER) {
                return;
            }
        }
        int next = in.read();
        if (next < 0) {
            return;
        }
        spool = new Spool(limits);
        for (byte[] piece : memory) {
            spool.write(piece, piece.length);
        }
        memory.clear();
        share.close();
        byte[] buffer = new byte[BUFFER];
        buffer[0] = (byte) next;
        for (int n = 1; n >= 0; n = in.read(buffer)) {
            length += n;
            spool.write(buffer, n);
        }
    }

    long length() {
        return length;
    }

    /** Writes the whole body; can be called again. */
    void writeTo(OutputStream out) throws IOException {
        for (byte[] piece : memory) {
            out.write(piece);
        }
        if (spool != null) {
            spool.writeTo(out);
        }
    }

    @Override
    public void close() throws IOException {
        memory.clear();
        share.close();
        if (spool != null) {
            spool.close();
        }
    }

    private static final class Spool {
        private final Limits limits;
        private final Room.Share share;
        private final FileChannel file;
        private long length;

        Spool(Limits limits) throws NoSpaceException {
            this.limits = limits;
            this.share = limits.disk.share();
            try {
                this.file = unnamedFile(limits.folder);
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        private static NoSpaceException unwritable(IOException e) {
            return new NoSpaceException("a large request can't be written to disk: " + e.getMessage(), e);
        }

        private static FileChannel unnamedFile(Path folder) throws IOException {
            Path file = Files.createTempFile(folder, "body", null);
            try {
                return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            } finally {
                // Unlinked while open: nothing is left behind, even when the helper is killed.
                Files.delete(file);
            }
        }

        void write(byte[] bytes, int count) throws TooLongException, NoSpaceException {
            length += count;
            if (length > limits.maxBytes) {
                throw new TooLongException();
            }
            if (!share.grow(length)) {
                throw new NoSpaceException("too many large requests at once", null);
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
            try {
                while (buffer.hasRemaining()) {
                    file.write(buffer);
                }
            } catch (IOException e) {
                throw unwritable(e);
            }
        }

        void writeTo(OutputStream out) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            for (long at = 0; at < length; at += buffer.position()) {
                read(buffer.clear(), at);
                out.write(buffer.array(), 0, buffer.position());
            }
        }

        private void read(ByteBuffer buffer, long at) throws LostException {
            try {
                if (file.read(buffer, at) < 0) {
                    throw new EOFException("it ends early");
                }
            } catch (IOException e) {
                throw new LostException(e);
            }
        }

        void close() throws IOException {
            file.close();
            share.close();
        }
    }
}
