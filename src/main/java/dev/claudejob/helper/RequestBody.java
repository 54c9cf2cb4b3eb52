package dev.claudejob.helper;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A request's body, kept so that it can be sent again: in memory, or past a size in a file that has no name any more. */
final class RequestBody implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;
    private static final int PIECE = 1024 * 1024;

    private final byte[] memory;
    private final @Nullable Spool spool;

    private RequestBody(byte[] memory, @Nullable Spool spool) {
        this.memory = memory;
        this.spool = spool;
    }

    /**
     * @param memoryBytes what is kept in memory at most
     * @param maxBytes longest body
     * @param folder where longer bodies go
     * @param pieces how many MiB all bodies in files may take together
     */
    record Limits(int memoryBytes, long maxBytes, Path folder, Semaphore pieces) {}

    /** The body is longer than the limit. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** There is no room for the body now. */
    static final class NoSpaceException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Reads a body to its end. */
    static RequestBody keep(InputStream in, Limits limits) throws IOException {
        byte[] start = in.readNBytes(limits.memoryBytes);
        int next = in.read();
        if (next < 0) {
            return new RequestBody(start, null);
        }
        Spool spool = new Spool(limits);
        try {
            spool.write(start, start.length);
            spool.write(new byte[] {(byte) next}, 1);
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                spool.write(buffer, n);
            }
            return new RequestBody(new byte[0], spool);
        } catch (IOException | RuntimeException e) {
            spool.close();
            throw e;
        }
    }

    long length() {
        return spool == null ? memory.length : spool.length;
    }

    boolean spooled() {
        return spool != null;
    }

    /** Writes the whole body; can be called again. */
    void writeTo(OutputStream out) throws IOException {
        if (spool == null) {
            out.write(memory);
        } else {
            spool.writeTo(out);
        }
    }

    @Override
    public void close() throws IOException {
        if (spool != null) {
            spool.close();
        }
    }

    private static final class Spool {
        private final Limits limits;
        private final FileChannel file;
        private long length;
        private int pieces;

        Spool(Limits limits) throws IOException {
            this.limits = limits;
            this.file = unnamedFile(limits.folder);
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

        void write(byte[] bytes, int count) throws IOException {
            length += count;
            if (length > limits.maxBytes) {
                throw new TooLongException();
            }
            while ((long) pieces * PIECE < length) {
                if (!limits.pieces.tryAcquire()) {
                    throw new NoSpaceException();
                }
                pieces++;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
            while (buffer.hasRemaining()) {
                file.write(buffer);
            }
        }

        void writeTo(OutputStream out) throws IOException {
            file.position(0);
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (file.read(buffer.clear()) >= 0) {
                out.write(buffer.array(), 0, buffer.position());
            }
        }

        void close() throws IOException {
            file.close();
            limits.pieces.release(pieces);
            pieces = 0;
        }
    }
}
