package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.OperatedNamespace;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs that are deleted, and operators that die, at any moment: one start, one end, nothing left. */
class DyingOperatorsIT {
    private final OperatedNamespace here = new OperatedNamespace();
    private final ApiServer api = here.api();
    private final KubernetesClient client = here.client();
    private final String namespace = here.name();
    private final FakeKubelet kubelet = here.kubelet();
    private final JobsOfANamespace jobs = here.jobs();

    @BeforeEach
    void startOperator() {
        here.startOperator();
    }

    @AfterEach
    void stopAll() {
        here.close();
    }

    /** What the garbage collector does when a job is gone. */
    private void deleteWithItsPods(ClaudeJob job) {
        client.resource(job).delete();
        jobs.pods().forEach(pod -> client.resource(pod).delete());
    }

    // ---- deleting

    @Test
    void aJobThatIsDeletedWhileRunningLeavesNothing() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("deleted", "");
        jobs.awaitPhase(job, Phase.Running);
        deleteWithItsPods(job);
        jobs.awaitNoPods();
    }

    @Test
    void aJobThatIsDeletedBeforeItsPodHasANodeLeavesNothing() {
        kubelet.hold(Stage.BIND);
        ClaudeJob job = jobs.create("deleted", "");
        jobs.awaitPhase(job, Phase.Starting);
        deleteWithItsPods(job);
        jobs.awaitNoPods();
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"BIND", "END"})
    void aJobThatIsDeletedWhileNoOperatorIsThereLeavesNothingOnceOneIs(Stage stage) {
        kubelet.hold(stage);
        ClaudeJob job = jobs.create("deleted", "");
        jobs.awaitPhase(job, stage == Stage.END ? Phase.Running : Phase.Starting);
        here.stopOperator();
        deleteWithItsPods(job);
        assertThat(jobs.pods()).hasSize(1);
        here.startOperator();
        jobs.awaitNoPods();
    }

    @Test
    void aPodAtItsGateWhoseJobIsGoneIsDeletedAndNeverStarts() {
        here.stopOperator();
        ClaudeJob job = jobs.create("gone", "");
        dieAtWrite(2, false);
        assertThat(jobs.onlyPod().getSpec().getSchedulingGates()).hasSize(1);
        client.resource(job).delete();
        here.startOperator();
        jobs.awaitNoPods();
        assertThat(kubelet.starts()).isEmpty();
    }

    // ---- operators that die

    private void dieAtWrite(int write, boolean after) {
        try (TestOperator doomed = TestOperator.startDoomed(api, namespace, write, after)) {
            eventually().until(() -> doomed.wire().isCut());
        }
    }

    @ParameterizedTest(name = "write {0}, carried out: {1}")
    @CsvSource({
        "1, false", "1, true", "2, false", "2, true", "3, false", "3, true",
        "4, false", "4, true", "5, false", "5, true", "6, false", "6, true"
    })
    void anOperatorThatDiesAtAnyWriteIsFollowedByOneThatFinishesTheJobWithOneStart(int write, boolean after) {
        here.stopOperator();
        ClaudeJob job = jobs.create("survivor", "");
        dieAtWrite(write, after);
        here.startOperator();
        ClaudeJobStatus status = jobs.awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Succeeded);
        assertThat(status.attempts()).hasSize(1);
        jobs.awaitReleased();
        assertThat(jobs.pods()).hasSize(1);
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job));
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void aJobThatGoesOnWhileNoOperatorIsThereIsTakenUpAgain(Stage stage) {
        kubelet.hold(stage);
        ClaudeJob job = jobs.create("alone", "");
        jobs.awaitPhase(job, stage == Stage.END ? Phase.Running : Phase.Starting);
        eventually().until(() -> jobs.onlyPod().getSpec().getSchedulingGates().isEmpty());
        here.stopOperator();
        kubelet.letGo(stage);
        eventually().until(() -> "Succeeded".equals(jobs.onlyPod().getStatus().getPhase()));
        here.startOperator();
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job));
    }

    @Test
    void twoOperatorsAtOnceStartEachJobOnce() {
        try (TestOperator rival = TestOperator.start(api, namespace)) {
            List<ClaudeJob> all = IntStream.range(0, 8)
                    .mapToObj(i -> jobs.create("job-" + i, ""))
                    .toList();
            all.forEach(job -> assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded));
            jobs.awaitReleased();
            assertThat(kubelet.starts())
                    .containsExactlyInAnyOrderElementsOf(
                            all.stream().map(FakeKubelet::startOf).toList());
            assertThat(jobs.pods()).hasSize(all.size());
            assertThat(rival.wire().isCut()).isFalse();
        }
    }
}
