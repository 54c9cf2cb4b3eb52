package dev.claudejob.helper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * Opens files in the agent's directory, where the agent may put a link or a FIFO in place of any. Java can't open without
 * blocking, so a FIFO swapped in between check and open can hang the opening thread: callers must be threads that nobody waits for.
 */
final class AgentFile {
    private AgentFile() {}

    /** A file that is there, but is no regular one. */
    static final class NotRegularException extends IOException {
        private static final long serialVersionUID = 1L;

        NotRegularException(Path file) {
            super(file.getFileName() + " is not a regular file");
        }
    }

    /** Opens a regular file for reading; a link is not followed. */
    static FileChannel open(Path file) throws IOException {
        Object before = identity(file);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        try {
            // A FIFO has no position: this fails for one that was swapped in and out again.
            channel.position();
            if (!Objects.equals(before, identity(file))) {
                throw new NotRegularException(file);
            }
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** What tells a regular file from another that takes its name later. */
    static Object identity(Path file) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw new NotRegularException(file);
        }
        return Objects.requireNonNullElse(attributes.fileKey(), file);
    }

    /** The first bytes of a file. */
    static byte[] head(Path file, int maxBytes) throws IOException {
        try (FileChannel channel = open(file)) {
            ByteBuffer buffer = ByteBuffer.allocate(maxBytes);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // A read may bring less than asked for.
            }
            byte[] bytes = new byte[buffer.position()];
            buffer.flip().get(bytes);
            return bytes;
        }
    }
}
