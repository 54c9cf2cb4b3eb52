package dev.claudejob.standing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.testing.Jobs;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A long line before one ClaudeCredential. {@code -Dline.jobs=20000} makes it longer; what a look takes is printed. */
class CredentialLineTest {
    private static final ObjectMapper YAML = new YAMLMapper();
    private static final int JOBS = Integer.getInteger("line.jobs", 2000);
    private static final int AT_ONCE = 10;
    private static final Instant NOW = Jobs.CREATED.plusSeconds(100_000);

    private final CredentialDesk desk = new CredentialDesk();
    private int version;

    private static <T> T read(String yaml, Class<T> type) throws JsonProcessingException {
        return YAML.readValue(yaml, type);
    }

    private ClaudeJob job(int i, String status) throws JsonProcessingException {
        return read("""
                metadata: {name: job-%05d, namespace: team, uid: uid-%d, generation: 1, resourceVersion: "%d", creationTimestamp: "%s"}
                spec: {prompt: Hello, credentials: [{credentialRef: {name: team}}]}
                status: %s
                """.formatted(i, i, ++version, Jobs.CREATED.plusSeconds(i), status), ClaudeJob.class);
    }

    private static String attempt(String end) {
        return "{phase: Starting, reason: Starting, attempt: 1, attempts: [{number: 1, podName: p, podUID: u,"
                + " credential: team/token, credentialRef: {name: team}" + end + "}]}";
    }

    /** From the first to the last, each job that is called looks, records its start, and ends. */
    @Test
    void aLongLineMovesInItsOrder() throws Exception {
        ClaudeCredential team = read("""
                metadata: {name: team, namespace: team, uid: team, generation: 1, resourceVersion: "1", creationTimestamp: "%s"}
                spec: {oauthToken: {secretKeyRef: {name: team, key: token}}, maxConcurrentJobs: %d}
                """.formatted(Jobs.CREATED, AT_ONCE), ClaudeCredential.class);
        version = 1;
        Map<String, Integer> waiting = new LinkedHashMap<>();
        List<ClaudeJob> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            jobs.add(job(i, "null"));
            waiting.put("job-%05d".formatted(i), i);
        }
        desk.open(List.of(team), List.of(), NOW);
        timed("to hear of a job", JOBS, () -> jobs.forEach(j -> desk.job(j, NOW)));
        timed(
                "a look of the last in line",
                200,
                () -> IntStream.range(0, 200)
                        .forEach(n -> assertThat(desk.book(jobs.getLast(), NOW)
                                        .of("team")
                                        .orElseThrow()
                                        .slot())
                                .isFalse()));
        timed(
                "a look at the ClaudeCredential",
                200,
                () -> IntStream.range(0, 200)
                        .forEach(n -> assertThat(
                                        desk.standing(team, NOW).orElseThrow().waiting())
                                .isEqualTo(JOBS)));
        List<Integer> started = new ArrayList<>();
        List<Integer> running = new ArrayList<>();
        List<String> called = new ArrayList<>(
                jobs.stream().limit(AT_ONCE).map(j -> j.getMetadata().getName()).toList());
        long begin = System.nanoTime();
        while (!called.isEmpty() || !running.isEmpty()) {
            for (String name : called) {
                Integer i = waiting.get(name);
                if (i != null
                        && desk.book(jobs.get(i), NOW).of("team").orElseThrow().slot()) {
                    ClaudeJob recorded = job(i, attempt(""));
                    desk.job(recorded, NOW);
                    desk.settled(recorded, NOW);
                    waiting.remove(name);
                    started.add(i);
                    running.add(i);
                }
            }
            assertThat(running).hasSizeLessThanOrEqualTo(AT_ONCE);
            called.clear();
            if (!running.isEmpty()) {
                ClaudeJob over = job(
                        running.removeFirst(), attempt(", reason: Succeeded").replace("Starting", "Succeeded"));
                desk.job(over, NOW).jobs().forEach(key -> called.add(key.name()));
            }
        }
        System.out.printf("a turn: %d us%n", (System.nanoTime() - begin) / 1000 / JOBS);
        assertThat(started).isEqualTo(IntStream.range(0, JOBS).boxed().toList());
    }

    private static void timed(String what, int times, Runnable all) {
        long begin = System.nanoTime();
        all.run();
        System.out.printf("%s: %d us%n", what, (System.nanoTime() - begin) / 1000 / times);
    }
}
