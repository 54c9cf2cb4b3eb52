package dev.claudejob.helper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the agent's event file from its start, line by line. A file that was replaced or truncated is read anew. It works on a
 * thread of its own that nobody waits for without a limit: see {@link AgentFile}.
 */
final class EventTail {
    /** Of a longer line the helper keeps the beginnings of its values. */
    static final int MAX_LINE = 1024 * 1024;

    private static final int POLL_MILLIS = 100;
    private static final int BUFFER = 64 * 1024;
    // With the end near there is no time for all that an agent may have written: the result is at the end.
    private static final long MAX_BACKLOG = 4L * MAX_LINE;
    // A file of terabytes, which costs the agent nothing to make, must not keep a processor busy.
    private static final long MAX_LOOK = 16L * MAX_LINE;

    private final Path file;
    private final Lines lines;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch done = new CountDownLatch(1);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private volatile boolean started;
    private volatile String problem = "there is no event file";

    private @Nullable FileChannel channel;
    private @Nullable Object identity;

    EventTail(Path file, Consumer<String> each) {
        this.file = file;
        this.lines = new Lines(MAX_LINE, each);
    }

    void start() {
        started = true;
        // Not virtual: opening a FIFO would pin the carrier thread that others need.
        Thread.ofPlatform().daemon().name("events").start(this::follow);
    }

    /**
     * Reads what is left and ends.
     *
     * @return whether that could be done in time; one that was not started has nothing left
     */
    boolean finish(Duration patience) throws InterruptedException {
        stop.countDown();
        return !started || done.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Why there may be events that were not read, in one line; empty when there is no reason. */
    String problem() {
        if (!problem.isEmpty()) {
            return problem;
        }
        return lines.dropped() == 0 ? "" : lines.dropped() + " lines of the event file were too long";
    }

    private void follow() {
        try {
            while (!stop.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                look(false);
            }
            look(true);
            lines.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            closeFile();
            done.countDown();
        }
    }

    private void look(boolean last) {
        try {
            FileChannel open = current();
            if (last && open.size() - open.position() > MAX_BACKLOG) {
                open.position(open.size() - MAX_BACKLOG);
                // The first piece after a jump is half a line, and no JSON: it is ignored like any other.
                lines.end();
            }
            long left = last ? Long.MAX_VALUE : MAX_LOOK;
            while (left > 0 && open.read(buffer.clear()) > 0) {
                left -= buffer.position();
                lines.add(buffer.flip());
                if (!last && stop.getCount() == 0) {
                    return;
                }
            }
            problem = "";
        } catch (NoSuchFileException e) {
            closeFile();
            problem = "there is no event file";
        } catch (AgentFile.NotRegularException e) {
            closeFile();
            problem = String.valueOf(e.getMessage());
        } catch (IOException e) {
            closeFile();
            problem = "the event file can't be read: " + e.getMessage();
        }
    }

    private FileChannel current() throws IOException {
        Object now = AgentFile.identity(file);
        if (channel != null && now.equals(identity) && channel.size() >= channel.position()) {
            return channel;
        }
        closeFile();
        lines.end();
        channel = AgentFile.open(file);
        identity = now;
        return channel;
    }

    private void closeFile() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // It was only read.
            }
            channel = null;
        }
    }
}
