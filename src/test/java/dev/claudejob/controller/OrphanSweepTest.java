package dev.claudejob.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a suspect is looked at. */
class OrphanSweepTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    private final KubernetesClient client = new KubernetesClientBuilder()
            // Whatever cluster the environment names is not to be looked at.
            .withConfig(Config.empty())
            .build();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    private Instant now = START;
    private final OrphanSweep sweep = new OrphanSweep(client, executor, () -> now);
    private final List<Long> looks = new ArrayList<>();

    @AfterEach
    void close() {
        executor.shutdownNow();
        client.close();
    }

    private static Pod pod(String uid, String version) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(uid)
                .withNamespace("team")
                .withUid(uid)
                .withResourceVersion(version)
                .withFinalizers(PodNames.RESULT_FINALIZER)
                .endMetadata()
                .build();
    }

    private void seconds(int count, boolean settled) {
        for (int i = 0; i < count; i++) {
            sweep.sweep(pod -> {
                looks.add(Duration.between(START, now).toSeconds());
                return settled;
            });
            now = now.plusSeconds(1);
        }
    }

    @Test
    void aSuspectIsLookedAtLessAndLessOften() {
        sweep.accept(pod("a", "1"));
        seconds(250, false);
        assertThat(looks).containsExactly(0L, 1L, 3L, 7L, 15L, 31L, 63L, 123L, 183L, 243L);
    }

    @Test
    void onlyAChangeOfThePodEndsItsPause() {
        sweep.accept(pod("a", "1"));
        seconds(20, false);
        looks.clear();
        sweep.accept(pod("a", "1"));
        seconds(5, false);
        assertThat(looks).isEmpty();
        sweep.accept(pod("a", "2"));
        seconds(5, false);
        assertThat(looks).containsExactly(25L, 26L, 28L);
    }

    @Test
    void aSuspectThatIsSettledIsForgotten() {
        sweep.accept(pod("a", "1"));
        seconds(100, true);
        assertThat(looks).containsExactly(0L);
    }

    @Test
    void anErrorStopsNeitherTheOthersNorTheSchedule() {
        sweep.accept(pod("a", "1"));
        sweep.accept(pod("b", "1"));
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            sweep.sweep(pod -> {
                seen.add(pod.getMetadata().getUid());
                throw new StackOverflowError("as deep as can be");
            });
            now = now.plusSeconds(1);
        }
        assertThat(seen).containsExactlyInAnyOrder("a", "b", "a", "b");
    }
}
