package dev.claudejob.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.pod.PodNames;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.PodStory;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole operator against a real kube-apiserver, with a kubelet that is played. */
class ClaudeJobReconcileIT {
    private static final String STATUS_WRITE = "PUT .*/claudejobs/[^/]+/status";

    private final ApiServer api = ApiServer.shared();
    private final KubernetesClient client = api.client();
    private final String namespace = api.newNamespace();
    private final FakeKubelet kubelet = new FakeKubelet(client, namespace);
    private @Nullable TestOperator operator;

    @BeforeEach
    void startOperator() {
        operator = TestOperator.start(api, namespace);
    }

    @AfterEach
    void stopAll() {
        stopOperator();
        kubelet.close();
    }

    private void stopOperator() {
        if (operator != null) {
            operator.close();
            operator = null;
        }
    }

    private static ConditionFactory eventually() {
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(20));
    }

    // ---- what a user does and sees

    private ClaudeJob create(String name) {
        return create(name, "{}");
    }

    private ClaudeJob create(String name, String spec) {
        ClaudeJob job = client.getKubernetesSerialization().unmarshal("""
                apiVersion: claudejob.dev/v1alpha1
                kind: ClaudeJob
                metadata: {name: %s, namespace: %s}
                spec:
                  prompt: Say hello.
                  credentials: [{oauthToken: {secretKeyRef: {name: claude, key: token}}}]
                """.formatted(name, namespace), ClaudeJob.class);
        ClaudeJob created = client.resource(job).create();
        return spec.equals("{}") ? created : patch(created, spec);
    }

    private ClaudeJob patch(ClaudeJob job, String spec) {
        return client.resource(job).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":" + spec + "}");
    }

    private ClaudeJob cancel(ClaudeJob job) {
        return patch(job, "{\"cancel\":true}");
    }

    private @Nullable ClaudeJobStatus status(ClaudeJob job) {
        ClaudeJob now = client.resource(job).get();
        return now == null ? null : now.getStatus();
    }

    private ClaudeJobStatus awaitStatus(ClaudeJob job, Predicate<ClaudeJobStatus> wanted) {
        return eventually().until(() -> status(job), s -> s != null && wanted.test(s));
    }

    private ClaudeJobStatus awaitPhase(ClaudeJob job, Phase phase) {
        return awaitStatus(job, s -> s.phase() == phase);
    }

    private ClaudeJobStatus awaitEnd(ClaudeJob job) {
        return awaitStatus(job, s -> s.phase().finished());
    }

    private List<Pod> pods() {
        return client.pods()
                .inNamespace(namespace)
                .withLabelSelector(PodNames.POD_SELECTOR)
                .list()
                .getItems();
    }

    private Pod onlyPod() {
        assertThat(pods()).hasSize(1);
        return pods().getFirst();
    }

    private void awaitReleased() {
        eventually()
                .until(() -> pods().stream()
                        .allMatch(p -> p.getMetadata().getFinalizers().isEmpty()));
    }

    private void awaitNoPods() {
        eventually().until(() -> pods().isEmpty());
    }

    /** What the garbage collector does when a job is gone. */
    private void deleteWithItsPods(ClaudeJob job) {
        client.resource(job).delete();
        pods().forEach(pod -> client.resource(pod).delete());
    }

    private String startOf(ClaudeJob job) {
        return job.getMetadata().getUid() + "/1";
    }

    // ---- a job's way

    @Test
    void aJobThatGoesWellTakesSixWritesTwoEventsAndNoReads() {
        ClaudeJob job = create("good");
        ClaudeJobStatus status = awaitPhase(job, Phase.Succeeded);
        awaitReleased();
        eventually().until(() -> events(job).size() == 2);

        List<String> requests = operator.wire().requests();
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
            assertThat(a.podUID()).isEqualTo(onlyPod().getMetadata().getUid());
        });
        assertThat(condition(status, "Complete")).isEqualTo(ConditionStatus.True);
        assertThat(condition(status, "Reconciling")).isEqualTo(ConditionStatus.False);
        assertThat(kubelet.starts()).containsExactly(startOf(job));
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
        ClaudeJob job = create("bad");
        ClaudeJobStatus status = awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Failed);
        assertThat(status.reason()).isEqualTo("AuthFailed");
        assertThat(status.attempts().getLast().exitCode()).isEqualTo(1);
        assertThat(condition(status, "Failed")).isEqualTo(ConditionStatus.True);
        assertThat(condition(status, "Stalled")).isEqualTo(ConditionStatus.True);
        awaitReleased();
    }

    @Test
    void aResultWhoseRestCantBeReadFromTheLogIsTruncatedAndTheJobEndsAllTheSame() {
        kubelet.agentsEnd(0, """
                {"v":1,"event":"result","isError":false,"turns":1,"bytes":30000,"text":"the beginning","cut":true}""");
        ClaudeJobStatus status = awaitEnd(create("cut"));
        assertThat(status.phase()).isEqualTo(Phase.Succeeded);
        assertThat(status.result().text()).isEqualTo("the beginning");
        assertThat(status.result().truncated()).isTrue();
        assertThat(status.result().configMapRef()).isNull();
    }

    @Test
    void aSpecThatIsChangedAfterTheEndIsObserved() {
        ClaudeJob job = create("later");
        awaitEnd(job);
        patch(job, "{\"ttlSecondsAfterFinished\":3600}");
        assertThat(awaitStatus(job, s -> s.observedGeneration() == 2).phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void aJobWhoseTimeIsOverIsDeleted() {
        ClaudeJob job = create("short-lived", "{\"ttlSecondsAfterFinished\":1}");
        awaitEnd(job);
        eventually().until(() -> client.resource(job).get() == null);
        awaitReleased();
    }

    // ---- cancelling

    @Test
    void aJobThatIsCancelledBeforeItRunsNeverRuns() {
        kubelet.hold(Stage.BIND);
        ClaudeJob job = create("never");
        awaitPhase(job, Phase.Starting);
        cancel(job);
        assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Cancelled);
        awaitNoPods();
        assertThat(kubelet.starts()).isEmpty();
    }

    @Test
    void aJobThatIsCancelledWhileRunningIsStoppedAndItsPodIsKept() {
        kubelet.hold(Stage.END);
        ClaudeJob job = create("stopped");
        awaitPhase(job, Phase.Running);
        cancel(job);
        ClaudeJobStatus status = awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Cancelled);
        assertThat(status.attempts().getLast().exitCode()).isEqualTo(143);
        awaitReleased();
        assertThat(onlyPod().getSpec().getActiveDeadlineSeconds()).isPositive();
    }

    @Test
    void aDeadlineStopsARunningJob() {
        kubelet.hold(Stage.END);
        ClaudeJobStatus status = awaitEnd(create("late", "{\"activeDeadlineSeconds\":1}"));
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
        ClaudeJob job = create("raced");
        ClaudeJobStatus status = awaitStatus(job, s -> s.phase().finished() && s.observedGeneration() == 2);
        assertThat(status.phase()).isEqualTo(end);
        assertThat(kubelet.starts()).hasSize(starts);
        assertThat(client.resource(job).get().getSpec().cancelRequested()).isTrue();
        awaitReleased();
    }

    /** Cancels the job just before the operator's n-th write of a status, so that this write is a conflict. */
    private void beforeStatusWrite(int n, String name) {
        operator.wire().before(request -> request.matches(STATUS_WRITE), () -> {
            if (n > 1) {
                beforeStatusWrite(n - 1, name);
            } else {
                cancel(client.resources(ClaudeJob.class)
                        .inNamespace(namespace)
                        .withName(name)
                        .get());
            }
        });
    }

    @Test
    void aJobThatIsChangedJustBeforeItsStartIsOnRecordRunsAsChanged() {
        operator.wire()
                .before(
                        request -> request.matches(STATUS_WRITE),
                        () -> patch(
                                client.resources(ClaudeJob.class)
                                        .inNamespace(namespace)
                                        .withName("changed")
                                        .get(),
                                "{\"model\":\"opus\"}"));
        ClaudeJob job = create("changed");
        assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        assertThat(onlyPod().getSpec().getContainers().getFirst().getArgs()).contains("--model=opus");
        assertThat(kubelet.starts()).containsExactly(startOf(job));
    }

    // ---- deleting

    @Test
    void aJobThatIsDeletedWhileRunningLeavesNothing() {
        kubelet.hold(Stage.END);
        ClaudeJob job = create("deleted");
        awaitPhase(job, Phase.Running);
        deleteWithItsPods(job);
        awaitNoPods();
    }

    @Test
    void aJobThatIsDeletedBeforeItsPodHasANodeLeavesNothing() {
        kubelet.hold(Stage.BIND);
        ClaudeJob job = create("deleted");
        awaitPhase(job, Phase.Starting);
        deleteWithItsPods(job);
        awaitNoPods();
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"BIND", "END"})
    void aJobThatIsDeletedWhileNoOperatorIsThereLeavesNothingOnceOneIs(Stage stage) {
        kubelet.hold(stage);
        ClaudeJob job = create("deleted");
        awaitPhase(job, stage == Stage.END ? Phase.Running : Phase.Starting);
        stopOperator();
        deleteWithItsPods(job);
        assertThat(pods()).hasSize(1);
        startOperator();
        awaitNoPods();
    }

    @Test
    void aPodAtItsGateWhoseJobIsGoneIsDeletedAndNeverStarts() {
        stopOperator();
        ClaudeJob job = create("gone");
        dieAtWrite(2, false);
        assertThat(onlyPod().getSpec().getSchedulingGates()).hasSize(1);
        client.resource(job).delete();
        startOperator();
        awaitNoPods();
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
        stopOperator();
        ClaudeJob job = create("survivor");
        dieAtWrite(write, after);
        startOperator();
        ClaudeJobStatus status = awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Succeeded);
        assertThat(status.attempts()).hasSize(1);
        awaitReleased();
        assertThat(pods()).hasSize(1);
        assertThat(kubelet.starts()).containsExactly(startOf(job));
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void aJobThatGoesOnWhileNoOperatorIsThereIsTakenUpAgain(Stage stage) {
        kubelet.hold(stage);
        ClaudeJob job = create("alone");
        awaitPhase(job, stage == Stage.END ? Phase.Running : Phase.Starting);
        eventually().until(() -> onlyPod().getSpec().getSchedulingGates().isEmpty());
        stopOperator();
        kubelet.letGo(stage);
        eventually().until(() -> "Succeeded".equals(onlyPod().getStatus().getPhase()));
        startOperator();
        assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        assertThat(kubelet.starts()).containsExactly(startOf(job));
    }

    @Test
    void twoOperatorsAtOnceStartEachJobOnce() {
        try (TestOperator rival = TestOperator.start(api, namespace)) {
            List<ClaudeJob> jobs =
                    IntStream.range(0, 8).mapToObj(i -> create("job-" + i)).toList();
            jobs.forEach(job -> assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Succeeded));
            awaitReleased();
            assertThat(kubelet.starts())
                    .containsExactlyInAnyOrderElementsOf(
                            jobs.stream().map(this::startOf).toList());
            assertThat(pods()).hasSize(jobs.size());
            assertThat(rival.wire().isCut()).isFalse();
        }
    }

    // ---- what others do to Pods

    @Test
    void aPodThatTheClusterRefusesIsWaitedForVisiblyAndTriedAgain() {
        ResourceQuota quota = noPods();
        ClaudeJob refused = create("refused");

        assertThat(awaitPhase(refused, Phase.Waiting)).satisfies(s -> {
            assertThat(s.reason()).isEqualTo("PodRejected");
            assertThat(s.message()).contains("exceeded quota");
            assertThat(s.attempts()).isNull();
        });
        client.resource(quota).delete();
        assertThat(awaitEnd(refused).phase()).isEqualTo(Phase.Succeeded);
        assertThat(kubelet.starts()).containsExactly(startOf(refused));
    }

    /** No quota controller runs: its part is played. */
    private ResourceQuota noPods() {
        Map<String, Quantity> none = Map.of("pods", new Quantity("0"));
        ResourceQuota quota = client.resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("none")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withHard(none)
                        .endSpec()
                        .build())
                .create();
        return client.resource(new ResourceQuotaBuilder(quota)
                        .withNewStatus()
                        .withHard(none)
                        .withUsed(none)
                        .endStatus()
                        .build())
                .updateStatus();
    }

    @Test
    void aPodNameThatSomebodyHasTakenIsWaitedForVisiblyUntilItIsFree() {
        stopOperator();
        ClaudeJob job = create("squatted");
        String name = PodNames.podName("squatted", job.getMetadata().getUid(), 1);
        Pod squatter = client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("c")
                        .withImage("i")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        startOperator();
        assertThat(awaitPhase(job, Phase.Waiting)).satisfies(s -> {
            assertThat(s.reason()).isEqualTo("NameTaken");
            assertThat(s.message()).contains(name);
        });
        assertThat(client.resource(squatter).get().getMetadata().getUid())
                .isEqualTo(squatter.getMetadata().getUid());
        client.resource(squatter).withGracePeriod(0).delete();
        poke(job);
        assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
    }

    /** Any change of a job makes the operator look at it at once. */
    private void poke(ClaudeJob job) {
        client.resource(job)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"poked\":\"yes\"}}}");
    }

    @Test
    void aLabelThatSomebodyTakesFromAPodComesBackAndTheJobGoesOn() {
        kubelet.hold(Stage.END);
        ClaudeJob job = create("unlabelled");
        awaitPhase(job, Phase.Running);
        Pod pod = onlyPod();
        client.resource(pod)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"labels\":{\"app.kubernetes.io/managed-by\":null}}}");
        eventually().until(() -> pods().size() == 1);
        kubelet.letGo(Stage.END);
        assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        awaitReleased();
        assertThat(kubelet.starts()).containsExactly(startOf(job));
    }

    @Test
    void anOwnerThatSomebodyTakesFromAPodComesBackAndTheJobGoesOn() {
        kubelet.hold(Stage.END);
        ClaudeJob job = create("unowned");
        awaitPhase(job, Phase.Running);
        client.resource(onlyPod())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"ownerReferences\":null}}");
        eventually().until(() -> !onlyPod().getMetadata().getOwnerReferences().isEmpty());
        kubelet.letGo(Stage.END);
        assertThat(awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void aPodThatSomebodyDeletesGracefullyTellsItsEnd() {
        kubelet.hold(Stage.END);
        ClaudeJob job = create("deleted-pod");
        awaitPhase(job, Phase.Running);
        client.resource(onlyPod()).delete();
        ClaudeJobStatus status = awaitEnd(job);
        assertThat(status.reason()).isEqualTo("PodLost");
        assertThat(status.message()).contains("deleted by someone");
        assertThat(status.attempts().getLast().exitCode()).isEqualTo(143);
        awaitNoPods();
    }

    @Test
    void aPodThatIsRemovedByForceIsLost() {
        kubelet.hold(Stage.END);
        ClaudeJob job = create("forced");
        awaitPhase(job, Phase.Running);
        Pod pod = onlyPod();
        client.resource(pod).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
        client.resource(pod).withGracePeriod(0).delete();
        ClaudeJobStatus status = awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Failed);
        assertThat(status.reason()).isEqualTo("PodLost");
        assertThat(status.message()).contains("nobody saw how it ended");
        assertThat(status.attempts()).extracting(Attempt::ended).containsExactly(true);
        assertThat(kubelet.starts()).containsExactly(startOf(job));
    }

    @Test
    void aPodOfOursThatNobodyRecordedIsNotStartedForAFinishedJob() {
        ClaudeJob job = create("done");
        awaitEnd(job);
        awaitReleased();
        Pod first = onlyPod();
        client.resource(first).withGracePeriod(0).delete();
        ObjectMeta again = new ObjectMetaBuilder(first.getMetadata())
                .withUid(null)
                .withResourceVersion(null)
                .withCreationTimestamp(null)
                .withManagedFields()
                .withFinalizers(PodNames.RESULT_FINALIZER)
                .build();
        Pod stale = new PodBuilder(PodStory.of(first, "x", Instant.EPOCH).pod())
                .withMetadata(again)
                .editSpec()
                .withNodeName(null)
                .addNewSchedulingGate(PodNames.START_GATE)
                .endSpec()
                .withStatus(null)
                .build();
        client.resource(stale).create();
        awaitNoPods();
        assertThat(kubelet.starts()).containsExactly(startOf(job));
        assertThat(status(job).attempts()).hasSize(1);
    }
}
