package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HoldTest {
    private static final Duration SHORT = Duration.ofMillis(50);

    @TempDir
    Path dir;

    private Path file;
    private Hold hold;

    @BeforeEach
    void noCredential() {
        file = dir.resolve("token");
        Log log = new Log(new PrintStream(PrintStream.nullOutputStream()), new Redactor());
        hold = new Hold(
                new CredentialFile("app/token", file, new Redactor()),
                Duration.ofSeconds(30),
                new Ledger(dir.resolve("counts.json"), log),
                log);
    }

    @Test
    void aShortWaitBeforeAnotherCredentialIsTriedDoesNotUseUpTheLongOne() throws Exception {
        assertThat(hold.turn(SHORT).await(null).token()).isNull();
        CompletableFuture<CredentialSource.Reading> held = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                held.complete(hold.turn(null).await(null));
            } catch (InterruptedException e) {
                held.completeExceptionally(e);
            }
        });
        await().until(() -> held.isDone() || !hold.reason().isEmpty());
        Files.writeString(file, "sk-ant-oat01-late");
        assertThat(held.get().token()).isNotNull();
    }

    @Test
    void aShortWaitIsUsedUpOnce() throws Exception {
        assertThat(hold.turn(SHORT).await(null).token()).isNull();
        long begin = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertThat(hold.turn(SHORT).await(null).token()).isNull();
        }
        assertThat(System.nanoTime() - begin).isLessThan(100 * SHORT.toNanos());
    }
}
