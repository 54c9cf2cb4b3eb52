package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventTailTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    @TempDir
    Path dir;

    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    private Path file;
    private EventTail tail;

    @BeforeEach
    void start() {
        file = dir.resolve("events.jsonl");
        tail = new EventTail(file, lines::add);
        tail.start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        tail.finish(SOON);
    }

    private void append(String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void linesComeAsTheyAreWrittenAndTheLastOneWithoutItsEnd() throws Exception {
        append("one\ntw");
        await().untilAsserted(() -> assertThat(lines).containsExactly("one"));
        append("o\n\nthree é");
        assertThat(tail.finish(SOON)).isTrue();
        assertThat(lines).containsExactly("one", "two", "three é");
        assertThat(tail.problem()).isEmpty();
    }

    @Test
    void aFileThatNeverCameIsSaid() throws Exception {
        assertThat(tail.finish(SOON)).isTrue();
        assertThat(tail.problem()).isEqualTo("there is no event file");
    }

    @Test
    void aFifoHangsNothing() throws Exception {
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor(5, TimeUnit.SECONDS))
                .isTrue();
        await().untilAsserted(() -> assertThat(tail.problem()).contains("not a regular file"));
        assertThat(tail.finish(SOON)).isTrue();
        assertThat(lines).isEmpty();
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "secret\n");
        Files.createSymbolicLink(file, secret);
        await().untilAsserted(() -> assertThat(tail.problem()).contains("not a regular file"));
        assertThat(tail.finish(SOON)).isTrue();
        assertThat(lines).isEmpty();
    }

    @Test
    void aFolderIsNoEventFile() throws Exception {
        Files.createDirectory(file);
        await().untilAsserted(() -> assertThat(tail.problem()).contains("not a regular file"));
    }

    @Test
    void aLineThatIsTooLongIsPassedOverAndTheNextOneIsRead() throws Exception {
        append("x".repeat(EventTail.MAX_LINE + 1) + "\nnext\n");
        await().untilAsserted(() -> assertThat(lines).containsExactly("next"));
        assertThat(tail.problem()).contains("1 lines", "too long");
    }

    @Test
    void aTruncatedFileIsReadAnew() throws Exception {
        append("one\ntwo\n");
        await().untilAsserted(() -> assertThat(lines).hasSize(2));
        Files.writeString(file, "new\n");
        await().untilAsserted(() -> assertThat(lines).containsExactly("one", "two", "new"));
    }

    @Test
    void aReplacedFileIsReadAnew() throws Exception {
        append("one\n");
        await().untilAsserted(() -> assertThat(lines).hasSize(1));
        Path next = Files.writeString(dir.resolve("next"), "a new and longer one\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        await().untilAsserted(() -> assertThat(lines).containsExactly("one", "a new and longer one"));
    }

    @Test
    void aHugeBacklogDoesNotHideTheEnd() throws Exception {
        append("x\n".repeat(4_000_000) + "result\n");
        assertThat(tail.finish(SOON)).isTrue();
        assertThat(lines.getLast()).isEqualTo("result");
    }
}
