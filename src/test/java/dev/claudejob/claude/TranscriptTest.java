package dev.claudejob.claude;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what the real Claude Code printed. */
class TranscriptTest {
    private static final Path FOLDER = Path.of("src/test/resources/claude");

    static Stream<Path> recordings() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".jsonl")).toList().stream();
        }
    }

    private static List<String> transcript(Path recording) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(recording)) {
            lines.addAll(Transcript.lines(Fields.of(Json.parse(line))));
        }
        return lines;
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void everyLineIsMarkedOrIndentedAndPrintable(Path recording) throws Exception {
        assertThat(transcript(recording))
                .allSatisfy(line -> assertThat(line)
                        .matches("\\[[a-z ]+](\\[[a-z]+])?( .*)?|  .*")
                        .doesNotContainPattern("\\p{Cntrl}")
                        .doesNotContain("?  ", "status ?"));
    }

    @Test
    void aRunWithAToolReadsLikeThis() throws Exception {
        assertThat(String.join("\n", transcript(FOLDER.resolve("tools.jsonl")))).matches("""
                        \\[start] Claude Code 2\\.1\\.330, model claude-[a-z0-9-]+, session [0-9a-f-]{36}
                        \\[tool] Bash \\{"command":"echo hello from the tool",.*}
                        \\[tool done] hello from the tool
                        \\[assistant]
                          hello from the tool
                        \\[result] success: completed, 2 turns, [0-9.]+ s, \\$[0-9.]+""");
    }

    @Test
    void retriesLimitsAndFailuresAreSaid() throws Exception {
        assertThat(transcript(FOLDER.resolve("429-usage.jsonl")))
                .anyMatch(line -> line.equals("[limit] rejected five_hour"))
                .anyMatch(line -> line.startsWith("[result] error: api_error, API status 429, 1 turns"));
        assertThat(transcript(FOLDER.resolve("529.jsonl")))
                .anyMatch(line -> line.matches("\\[retry] .*\\(status 529\\)"));
        assertThat(transcript(FOLDER.resolve("refusal.jsonl"))).anyMatch(line -> line.startsWith("[note] "));
    }
}
