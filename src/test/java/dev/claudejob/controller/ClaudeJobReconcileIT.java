package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.OperatedNamespace;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole operator against a real kube-apiserver, with a kubelet that is played. */
class ClaudeJobReconcileIT {
    private static final String STATUS_WRITE = "PUT .*/claudejobs/[^/]+/status";

    private final OperatedNamespace here = new OperatedNamespace();
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

    // ---- a job's way

    @Test
    void aJobThatGoesWellTakesSixWritesTwoEventsAndNoReads() {
        ClaudeJob job = jobs.create("good", "");
        ClaudeJobStatus status = jobs.awaitPhase(job, Phase.Succeeded);
        jobs.awaitReleased();
        eventually().until(() -> events(job).size() == 2);

        List<String> requests = here.wire().requests();
        assertThat(requests.stream()
                        .filter(r -> !r.endsWith("/events"))
                        .map(r -> r.replaceAll("good-[0-9a-f]{5}-1", "POD")))
                .containsExactlyElementsOf(sixWrites());
        assertThat(requests.stream().filter(r -> r.endsWith("/events"))).hasSize(2);
        assertThat(events(job)).extracting(Event::getReason).containsExactlyInAnyOrder("Started", "Succeeded");

        assertThat(status.result().text()).isEqualTo("Done.");
        assertThat(status.usage().costUSD()).isEqualTo("0.042");
        assertThat(status.attempts()).singleElement().satisfies(a -> {
            assertThat(a.exitCode()).isZero();
            assertThat(a.podUID()).isEqualTo(jobs.onlyPod().getMetadata().getUid());
        });
        assertThat(condition(status, "Complete")).isEqualTo(ConditionStatus.True);
        assertThat(condition(status, "Reconciling")).isEqualTo(ConditionStatus.False);
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job));
    }

    private List<String> sixWrites() {
        String pods = "/api/v1/namespaces/" + namespace + "/pods";
        String jobStatus = "PUT /apis/claudejob.dev/v1alpha1/namespaces/" + namespace + "/claudejobs/good/status";
        return List.of(
                "POST " + pods, jobStatus, "PATCH " + pods + "/POD", jobStatus, jobStatus, "PATCH " + pods + "/POD");
    }

    private List<Event> events(ClaudeJob job) {
        return client.v1()
                .events()
                .inNamespace(namespace)
                .withField("involvedObject.uid", job.getMetadata().getUid())
                .list()
                .getItems();
    }

    private static ConditionStatus condition(ClaudeJobStatus status, String type) {
        return status.conditions().stream()
                .filter(c -> c.type().equals(type))
                .map(Condition::status)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aJobThatFailsSaysWhyAndLetsItsPodGo() {
        kubelet.agentsEnd(1, """
                {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":401,"text":"no"}""");
        ClaudeJob job = jobs.create("bad", "");
        ClaudeJobStatus status = jobs.awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Failed);
        assertThat(status.reason()).isEqualTo("AuthFailed");
        assertThat(status.attempts().getLast().exitCode()).isEqualTo(1);
        assertThat(condition(status, "Failed")).isEqualTo(ConditionStatus.True);
        assertThat(condition(status, "Stalled")).isEqualTo(ConditionStatus.True);
        jobs.awaitReleased();
    }

    @Test
    void aResultWhoseRestCantBeReadFromTheLogIsTruncatedAndTheJobEndsAllTheSame() {
        kubelet.agentsEnd(0, """
                {"v":1,"event":"result","isError":false,"turns":1,"bytes":30000,"text":"the beginning","cut":true}""");
        ClaudeJobStatus status = jobs.awaitEnd(jobs.create("cut", ""));
        assertThat(status.phase()).isEqualTo(Phase.Succeeded);
        assertThat(status.result().text()).isEqualTo("the beginning");
        assertThat(status.result().truncated()).isTrue();
        assertThat(status.result().configMapRef()).isNull();
    }

    @Test
    void aSpecThatIsChangedAfterTheEndIsObserved() {
        ClaudeJob job = jobs.create("later", "");
        jobs.awaitEnd(job);
        jobs.patch(job, "{\"ttlSecondsAfterFinished\":3600}");
        assertThat(jobs.awaitStatus(job, s -> s.observedGeneration() == 2).phase())
                .isEqualTo(Phase.Succeeded);
    }

    @Test
    void aJobWhoseTimeIsOverIsDeleted() {
        ClaudeJob job = jobs.create("short-lived", "ttlSecondsAfterFinished: 1");
        jobs.awaitEnd(job);
        eventually().until(() -> client.resource(job).get() == null);
        jobs.awaitReleased();
    }

    // ---- cancelling

    @Test
    void aJobThatIsCancelledBeforeItRunsNeverRuns() {
        kubelet.hold(Stage.BIND);
        ClaudeJob job = jobs.create("never", "");
        jobs.awaitPhase(job, Phase.Starting);
        jobs.cancel(job);
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Cancelled);
        jobs.awaitNoPods();
        assertThat(kubelet.starts()).isEmpty();
    }

    @Test
    void aJobThatIsCancelledWhileRunningIsStoppedAndItsPodIsKept() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("stopped", "");
        jobs.awaitPhase(job, Phase.Running);
        jobs.cancel(job);
        ClaudeJobStatus status = jobs.awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Cancelled);
        assertThat(status.attempts().getLast().exitCode()).isEqualTo(143);
        jobs.awaitReleased();
        assertThat(jobs.onlyPod().getSpec().getActiveDeadlineSeconds()).isPositive();
    }

    @Test
    void aDeadlineStopsARunningJob() {
        kubelet.hold(Stage.END);
        ClaudeJobStatus status = jobs.awaitEnd(jobs.create("late", "activeDeadlineSeconds: 1"));
        assertThat(status.reason()).isEqualTo("DeadlineExceeded");
    }

    @ParameterizedTest(name = "just before status write {0}: {1}")
    @CsvSource({"1, Cancelled, 0", "2, Cancelled, 1", "3, Succeeded, 1"})
    void aCancellationThatComesJustBeforeAStatusWriteIsNeverLost(int write, Phase end, int starts) {
        if (write == 1) {
            kubelet.hold(Stage.BIND);
        } else if (write == 2) {
            kubelet.hold(Stage.END);
        }
        beforeStatusWrite(write, "raced");
        ClaudeJob job = jobs.create("raced", "");
        ClaudeJobStatus status = jobs.awaitStatus(job, s -> s.phase().finished() && s.observedGeneration() == 2);
        assertThat(status.phase()).isEqualTo(end);
        assertThat(kubelet.starts()).hasSize(starts);
        assertThat(client.resource(job).get().getSpec().cancelRequested()).isTrue();
        jobs.awaitReleased();
    }

    /** Cancels the job just before the operator's n-th write of a status, so that this write is a conflict. */
    private void beforeStatusWrite(int n, String name) {
        here.wire().before(request -> request.matches(STATUS_WRITE), () -> {
            if (n > 1) {
                beforeStatusWrite(n - 1, name);
            } else {
                jobs.cancel(client.resources(ClaudeJob.class)
                        .inNamespace(namespace)
                        .withName(name)
                        .get());
            }
        });
    }

    @Test
    void aJobThatIsChangedJustBeforeItsStartIsOnRecordRunsAsChanged() {
        here.wire()
                .before(
                        request -> request.matches(STATUS_WRITE),
                        () -> jobs.patch(
                                client.resources(ClaudeJob.class)
                                        .inNamespace(namespace)
                                        .withName("changed")
                                        .get(),
                                "{\"model\":\"opus\"}"));
        ClaudeJob job = jobs.create("changed", "");
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        assertThat(jobs.onlyPod().getSpec().getContainers().getFirst().getArgs())
                .contains("--model=opus");
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job, 2));
    }
}
