package dev.claudejob.helper;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.FullResult;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Exit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The helper's last act: the kubelet stops it when the agent has ended, and what it leaves now is all that the operator gets.
 * A helper that is too slow here is killed and leaves nothing, so every step has a limit.
 */
final class Ending {
    /** Then something is said, whatever it is: a kubelet may have no more than two seconds left. */
    private static final Duration PATIENCE = Duration.ofMillis(400);

    /** On a busy node the end of the events takes longer. What was said is replaced if the kubelet waits so long, as it mostly does. */
    private static final Duration MORE_PATIENCE = Duration.ofSeconds(10);

    private static final int MAX_EXIT_BYTES = 512;

    private final Settings settings;
    private final EventTail tail;
    private final RunRecord record;
    private final Ledger ledger;
    private final Log log;

    Ending(Settings settings, EventTail tail, RunRecord record, Ledger ledger, Log log) {
        this.settings = settings;
        this.tail = tail;
        this.record = record;
        this.ledger = ledger;
        this.log = log;
    }

    /** Writes the summary to the termination message and the whole result to the log. */
    void run() throws InterruptedException {
        CompletableFuture<byte[]> exitFile = readExitFile();
        boolean whole = tail.finish(PATIENCE);
        summarize(whole, exit(exitFile, PATIENCE));
        if (!whole || !exitFile.isDone()) {
            whole = tail.finish(MORE_PATIENCE);
            summarize(whole, exit(exitFile, PATIENCE));
        }
        FullResult full = record.full();
        if (full != null) {
            log.lines(List.of(full.toLine()));
        }
    }

    // All its text was redacted when it was read: redacting the JSON again could break it.
    private void summarize(boolean whole, @Nullable Exit exit) {
        String problem = whole ? tail.problem() : "the event file could not be read in time";
        Summary summary = record.summary(problem)
                .limit(settings.credentials().isEmpty() ? null : ledger.limit())
                .exit(exit)
                .proxy(settings.credentials().isEmpty() ? null : ledger.counts())
                .meter(ledger.spends())
                .cooling(ledger.cooling())
                .outlook(ledger.outlook())
                .capped(ledger.capped())
                .build();
        writeTerminationMessage(settings.terminationLog(), summary.toJson(Summary.MAX_BYTES), log);
    }

    /** The termination message is a file that the container runtime made: it is filled, not replaced. */
    static void writeTerminationMessage(Path file, String message, Log log) {
        try {
            Files.writeString(file, message, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (IOException e) {
            log.say("the summary can't be written: " + e.getMessage());
        }
    }

    private CompletableFuture<byte[]> readExitFile() {
        CompletableFuture<byte[]> read = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("exit-file").start(() -> {
            try {
                read.complete(AgentFile.head(settings.shared().resolve("exit.json"), MAX_EXIT_BYTES));
            } catch (IOException e) {
                read.completeExceptionally(e);
            }
        });
        return read;
    }

    private static @Nullable Exit exit(CompletableFuture<byte[]> read, Duration patience) throws InterruptedException {
        try {
            byte[] bytes = read.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            Fields exit = Fields.of(Json.parse(new String(bytes, StandardCharsets.UTF_8)));
            Integer rc = exit.smallCount("rc");
            Integer code = exit.smallCount("exit");
            return rc == null || code == null ? null : new Exit(rc, exit.countOrZero("term") != 0, code);
        } catch (ExecutionException | TimeoutException | MalformedJsonException e) {
            return null;
        }
    }
}
