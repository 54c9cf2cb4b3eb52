package dev.claudejob.helper;

import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Limit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run of the real Claude Code 2.1.330 against a stand-in for the API: what it printed, and its exit code.
 *
 * @param name the file's, without its end
 */
public record RecordedRun(String name) {
    private static final Path FOLDER = Path.of("src/test/resources/claude");

    /** A kubelet keeps this much of a failed container's log. */
    private static final int KUBELET_LOG_BYTES = 2048;

    /** The names of all. */
    public static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".jsonl"))
                    .map(f -> f.substring(0, f.length() - ".jsonl".length()))
                    .sorted()
                    .toList();
        }
    }

    public int exitCode() throws IOException {
        return Integer.parseInt(Files.readString(FOLDER.resolve(name + ".rc")).strip());
    }

    /** What the operator reads: the helper's events, its summary, cut to what a termination message holds. */
    public Summary summary(@Nullable Limit measured) throws IOException {
        Redactor redactor = new Redactor();
        RunRecord record = new RunRecord(redactor, new Log(new PrintStream(new ByteArrayOutputStream()), redactor));
        Lines lines = new Lines(EventTail.MAX_LINE, record::line);
        lines.add(ByteBuffer.wrap(events()));
        lines.end();
        return Summary.parse(record.summary("").limit(measured).build().toJson(Summary.MAX_BYTES));
    }

    /** What the kubelet puts into the agent's status when it failed: the end of what it printed. */
    public String log(String stderr) throws IOException {
        byte[] all = (new String(events(), StandardCharsets.UTF_8) + stderr).getBytes(StandardCharsets.UTF_8);
        int from = Math.max(0, all.length - KUBELET_LOG_BYTES);
        return new String(Arrays.copyOfRange(all, from, all.length), StandardCharsets.UTF_8);
    }

    private byte[] events() throws IOException {
        return Files.readAllBytes(FOLDER.resolve(name + ".jsonl"));
    }
}
