package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Event;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The helper's last act, on a node that is so busy that the events' end takes longer than a kubelet may wait. */
class EndingTest {
    @TempDir
    Path dir;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @Test
    void aSlowReaderIsNotWaitedForBeforeSomethingIsSaidAndItsResultIsNotLost() throws Exception {
        Path message = Files.createFile(dir.resolve("termination-log"));
        Settings settings = Settings.of(
                Map.of("CLAUDEJOB_SHARED", dir.toString(), "CLAUDEJOB_TERMINATION_LOG", message.toString()));
        Files.writeString(dir.resolve("exit.json"), "{\"rc\":0,\"term\":0,\"exit\":0}");
        Files.copy(Path.of("src/test/resources/claude/text.jsonl"), dir.resolve("events.jsonl"));
        Redactor redactor = new Redactor();
        Log log = new Log(new PrintStream(printed, true, StandardCharsets.UTF_8), redactor);
        RunRecord record = new RunRecord(redactor, log);
        CountDownLatch busy = new CountDownLatch(1);
        EventTail tail = new EventTail(dir.resolve("events.jsonl"), line -> {
            try {
                busy.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            record.line(line);
        });
        tail.start();
        Ending ending = new Ending(settings, tail, record, new Ledger(dir.resolve("counts.json"), log), log);
        Thread run = Thread.ofPlatform().start(() -> {
            try {
                ending.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        await().until(() -> Files.size(message) > 0);
        Summary first = Summary.parse(Files.readString(message));
        assertThat(first.event()).isEqualTo(Event.NONE);
        assertThat(first.exit()).isNotNull();
        busy.countDown();
        run.join();

        assertThat(Summary.parse(Files.readString(message)).event()).isEqualTo(Event.RESULT);
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("claudejob-result");
    }
}
