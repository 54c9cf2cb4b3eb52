package dev.claudejob.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.PodView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Decisions and statuses against a model of a cluster, in thousands of random orders: replicas with caches that are behind, replicas that
 * die between two steps, a node that goes its own pace, and people who cancel, delete and edit. A failure tells its seed and its story.
 */
class SimulationTest {
    private static final int STORIES = 2500;
    private static final int CALM_TURNS = 400;

    @Test
    void whateverHappensAnAttemptStartsAtMostOnceAndTheJobSettles() {
        LongStream.range(0, STORIES).forEach(seed -> {
            Random random = new Random(seed);
            SimulatedCluster cluster =
                    new SimulatedCluster(random, random.nextInt(5) == 0 ? "activeDeadlineSeconds: 20" : "");
            try {
                List<SimulatedOperator> replicas = chaos(cluster, random);
                calm(cluster, replicas);
                check(cluster);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e + "\n" + String.join("\n", cluster.log), e);
            }
        });
    }

    private static List<SimulatedOperator> chaos(SimulatedCluster cluster, Random random) {
        List<SimulatedOperator> replicas = new ArrayList<>();
        replicas.add(new SimulatedOperator(cluster));
        int turns = random.nextInt(120);
        for (int i = 0; i < turns; i++) {
            SimulatedOperator replica = replicas.get(random.nextInt(replicas.size()));
            switch (random.nextInt(42)) {
                case 0 -> cluster.cancel();
                case 1 -> cluster.somebodyDeletesAPod();
                case 2 -> cluster.somebodyRemovesAFinalizer();
                case 3, 4 -> cluster.somebodyRemovesWhatWeKnowAPodBy();
                case 5, 6 -> {
                    // One takes over, and the old one does not know yet.
                    cluster.say("another replica");
                    replicas.add(new SimulatedOperator(cluster));
                }
                case 7 -> {
                    cluster.say("a replica dies");
                    replicas.remove(replica);
                    if (replicas.isEmpty()) {
                        replicas.add(new SimulatedOperator(cluster));
                    }
                }
                case 8, 9, 10, 11 -> cluster.passSeconds(random.nextInt(8));
                case 12, 13, 14, 15, 16, 17 -> cluster.nodeMoves();
                case 18, 19, 20 -> replica.seeJob();
                case 21, 22, 23 -> replica.seePods();
                case 24, 25 -> cluster.somebodyEditsThePrompt();
                default -> replica.step();
            }
        }
        return replicas;
    }

    /** One replica is left, its caches follow, the node goes on, and time passes when nobody has anything to do. */
    private static void calm(SimulatedCluster cluster, List<SimulatedOperator> replicas) {
        SimulatedOperator last = replicas.getLast();
        for (int i = 0; i < CALM_TURNS; i++) {
            last.seePods();
            last.seeJob();
            if (!last.idle()) {
                last.step();
            } else if (!cluster.nodeMoves()) {
                if (waitsFor(cluster, Reason.NameTaken)) {
                    // As its message asks for.
                    cluster.somebodyDeletesAPod();
                }
                Instant wakes = last.wakesAt().orElse(null);
                if (wakes == null) {
                    return;
                }
                cluster.passSeconds(wakes.getEpochSecond() - cluster.now().getEpochSecond() + 1);
            }
        }
        throw new AssertionError("not settled: " + last);
    }

    private static boolean waitsFor(SimulatedCluster cluster, Reason reason) {
        ClaudeJobStatus status = cluster.job().getStatus();
        return status != null && reason.name().equals(status.reason());
    }

    private static void check(SimulatedCluster cluster) {
        ClaudeJobStatus status = cluster.job().getStatus();
        assertThat(status).isNotNull();
        assertThat(status.phase().finished()).as("the job is at its end").isTrue();
        assertThat(status.completionTime()).isNotNull();
        // Whoever takes our label after the end, or owner and finalizer, takes the Pod from us.
        List<PodView> left = cluster.selectedPods().stream().map(PodView::new).toList();
        assertThat(left.stream().filter(PodView::held).map(PodView::name))
                .as("Pods that are still held")
                .isEmpty();
        assertThat(left.stream().filter(p -> p.gated() && hasOwner(p)).map(PodView::name))
                .as("Pods left at their gate")
                .isEmpty();
        List<Attempt> attempts = status.attempts() == null ? List.of() : status.attempts();
        assertThat(cluster.starts).hasSizeLessThanOrEqualTo(attempts.size());
        assertThat(attempts).extracting(Attempt::podUID).containsAll(cluster.starts);
        assertThat(attempts).extracting(Attempt::number).doesNotHaveDuplicates();
        assertThat(attempts).allMatch(Attempt::ended);
    }

    private static boolean hasOwner(PodView pod) {
        return !pod.pod().getMetadata().getOwnerReferences().isEmpty();
    }

    @Test
    void anUndisturbedJobTakesThreeStatusWritesAndThreeOfItsPod() {
        int succeeded = 0;
        for (long seed = 0; seed < 200; seed++) {
            SimulatedCluster cluster = new SimulatedCluster(new Random(seed), "");
            calm(cluster, List.of(new SimulatedOperator(cluster)));
            check(cluster);
            assertThat(cluster.starts).hasSizeLessThanOrEqualTo(1);
            boolean waited = cluster.log.stream().anyMatch(line -> line.contains("Waiting"));
            if (cluster.job().getStatus().phase() == Phase.Succeeded && !waited) {
                succeeded++;
                assertThat(cluster.statusWrites).as(cluster.log.toString()).isLessThanOrEqualTo(3);
                assertThat(cluster.podWrites).as("create, open, release").isEqualTo(3);
            }
        }
        assertThat(succeeded).isGreaterThan(50);
    }
}
