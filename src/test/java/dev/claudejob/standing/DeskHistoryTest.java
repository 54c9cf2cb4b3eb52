package dev.claudejob.standing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.testing.Jobs;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happened, and in whatever order reconciles that began earlier ask or tell of it: the desk knows in the end what one knows that has just
 * been opened with the objects that are there.
 */
class DeskHistoryTest {
    private static final ObjectMapper JSON = new YAMLMapper();
    private static final Instant NOW = Jobs.CREATED.plusSeconds(1000);

    private final CredentialDesk desk = new CredentialDesk();
    private final Map<String, ClaudeJob> jobs = new HashMap<>();
    private final Map<String, ClaudeCredential> credentials = new HashMap<>();
    private final List<ClaudeJob> allJobs = new ArrayList<>();
    private final List<ClaudeCredential> allCredentials = new ArrayList<>();
    private int version;

    static List<Long> seeds() {
        return new Random(42).longs(300).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingIsForgottenAndNothingComesBack(long seed) {
        Random dice = new Random(seed);
        desk.open(List.of(), List.of(), NOW);
        for (int i = 0; i < 80; i++) {
            step(dice);
        }
        jobs.values().forEach(job -> desk.settled(job, NOW));

        CredentialDesk fresh = new CredentialDesk();
        fresh.open(credentials.values(), jobs.values(), NOW);

        for (ClaudeCredential credential : credentials.values()) {
            assertThat(desk.standing(credential, NOW)).isEqualTo(fresh.standing(credential, NOW));
        }
        List<ClaudeJob> inOrder = jobs.values().stream()
                .sorted(Comparator.comparing(j -> j.getMetadata().getName()))
                .toList();
        for (ClaudeJob job : inOrder) {
            assertThat(desk.book(job, NOW)).isEqualTo(fresh.book(job, NOW));
        }
        Set<Key> named = new HashSet<>();
        credentials.keySet().forEach(name -> named.add(new Key("team", name)));
        inOrder.forEach(job -> job.getSpec().credentials().stream()
                .flatMap(c -> Optional.ofNullable(c.credentialRef()).stream())
                .forEach(ref -> named.add(new Key("team", ref.name()))));
        assertThat(desk.names()).isEqualTo(named);
    }

    private void step(Random dice) {
        String name = "job-" + dice.nextInt(5);
        ClaudeJob job = jobs.get(name);
        switch (dice.nextInt(9)) {
            case 0, 1 -> {
                if (job == null) {
                    there(job(name, "uid-" + ++version, refs(dice), "null"));
                } else if (job.getStatus() == null) {
                    there(job(name, uid(job), refs(dice), "null"));
                }
            }
            case 2 -> {
                if (job != null && job.getStatus() == null) {
                    there(job(name, uid(job), credentialsOf(job), begun(job)));
                }
            }
            case 3 -> {
                if (job != null && job.getStatus() != null) {
                    there(job(name, uid(job), credentialsOf(job), "{phase: Succeeded, reason: Succeeded}"));
                }
            }
            case 4 -> {
                if (job != null) {
                    jobs.remove(name);
                    desk.jobGone(job, NOW);
                    if (dice.nextBoolean()) {
                        there(job(name, "uid-" + ++version, refs(dice), "null"));
                    }
                }
            }
            case 5 -> credential(dice, "ab".charAt(dice.nextInt(2)) + "");
            case 6 -> {
                if (!allJobs.isEmpty()) {
                    // A reconcile that began at any time before.
                    ClaudeJob old = allJobs.get(dice.nextInt(allJobs.size()));
                    desk.book(old, NOW);
                    if (dice.nextBoolean()) {
                        desk.settled(old, NOW);
                    }
                }
            }
            case 7 -> {
                if (!allJobs.isEmpty()) {
                    // The answer to a write, which comes late.
                    desk.job(allJobs.get(dice.nextInt(allJobs.size())), NOW);
                }
            }
            default -> {
                if (!allCredentials.isEmpty()) {
                    ClaudeCredential old = allCredentials.get(dice.nextInt(allCredentials.size()));
                    desk.credential(old, NOW);
                    desk.standing(old, NOW);
                }
            }
        }
    }

    private void there(ClaudeJob job) {
        jobs.put(job.getMetadata().getName(), job);
        allJobs.add(job);
        desk.job(job, NOW);
    }

    private void credential(Random dice, String name) {
        ClaudeCredential before = credentials.get(name);
        if (before != null && dice.nextInt(3) == 0) {
            credentials.remove(name);
            desk.credentialGone(before, NOW);
            return;
        }
        String uid = before == null ? "uid-" + ++version : before.getMetadata().getUid();
        ClaudeCredential now = read(
                """
                metadata: {name: %s, namespace: team, uid: %s, generation: 1, resourceVersion: "%d", creationTimestamp: "%s"}
                spec: {oauthToken: {secretKeyRef: {name: %s, key: token}}, maxConcurrentJobs: %d}
                """.formatted(name, uid, ++version, Jobs.CREATED, name, 1 + dice.nextInt(2)), ClaudeCredential.class);
        credentials.put(name, now);
        allCredentials.add(now);
        desk.credential(now, NOW);
    }

    private static String refs(Random dice) {
        return switch (dice.nextInt(5)) {
            case 0 -> "{credentialRef: {name: a}}";
            case 1 -> "{credentialRef: {name: b}}";
            case 2 -> "{credentialRef: {name: a}}, {credentialRef: {name: b}}";
            case 3 -> "{apiKey: {secretKeyRef: {name: own, key: key}}}, {credentialRef: {name: b}}";
            default -> "{apiKey: {secretKeyRef: {name: own, key: key}}}";
        };
    }

    private static String credentialsOf(ClaudeJob job) {
        return job.getSpec().credentials().stream()
                .map(c -> c.credentialRef() == null
                        ? "{apiKey: {secretKeyRef: {name: own, key: key}}}"
                        : "{credentialRef: {name: " + c.credentialRef().name() + "}}")
                .collect(Collectors.joining(", "));
    }

    private static String begun(ClaudeJob job) {
        String ref = job.getSpec().credentials().stream()
                .flatMap(c -> Optional.ofNullable(c.credentialRef()).stream())
                .findFirst()
                .map(r -> ", credentialRef: {name: " + r.name() + "}")
                .orElse("");
        return "{phase: Starting, reason: Starting, attempt: 1, attempts: [{number: 1, podName: p, podUID: u, credential: x/token"
                + ref + "}]}";
    }

    private static String uid(ClaudeJob job) {
        return job.getMetadata().getUid();
    }

    private ClaudeJob job(String name, String uid, String listed, String status) {
        return read("""
                metadata: {name: %s, namespace: team, uid: %s, generation: 1, resourceVersion: "%d", creationTimestamp: "%s"}
                spec: {prompt: Hello, credentials: [%s]}
                status: %s
                """.formatted(name, uid, ++version, Jobs.CREATED, listed, status), ClaudeJob.class);
    }

    private static <T> T read(String yaml, Class<T> type) {
        try {
            return JSON.readValue(yaml, type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
