package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.OperatedNamespace;
import dev.claudejob.testing.PodStory;
import dev.claudejob.testing.Stripping;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clusters and people do to the Pods of jobs. */
class MeddledPodsIT {
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

    @Test
    void aPodThatTheClusterRefusesIsWaitedForVisiblyAndTriedAgain() {
        ResourceQuota quota = jobs.quotaOfNone(spec -> {});
        ClaudeJob refused = jobs.create("refused", "");

        assertThat(jobs.awaitPhase(refused, Phase.Waiting)).satisfies(s -> {
            assertThat(s.reason()).isEqualTo("PodRejected");
            assertThat(s.message()).contains("exceeded quota");
            assertThat(s.attempts()).isNull();
        });
        client.resource(quota).delete();
        assertThat(jobs.awaitEnd(refused).phase()).isEqualTo(Phase.Succeeded);
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(refused));
    }

    @Test
    void aPodNameThatSomebodyHasTakenIsWaitedForVisiblyUntilItIsFree() {
        here.stopOperator();
        ClaudeJob job = jobs.create("squatted", "");
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
        here.startOperator();
        assertThat(jobs.awaitPhase(job, Phase.Waiting)).satisfies(s -> {
            assertThat(s.reason()).isEqualTo("NameTaken");
            assertThat(s.message()).contains(name);
        });
        assertThat(client.resource(squatter).get().getMetadata().getUid())
                .isEqualTo(squatter.getMetadata().getUid());
        client.resource(squatter).withGracePeriod(0).delete();
        poke(job);
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
    }

    /** Any change of a job makes the operator look at it at once. */
    private void poke(ClaudeJob job) {
        client.resource(job)
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"poked\":\"yes\"}}}");
    }

    @Test
    void aLabelThatSomebodyTakesFromAPodComesBackAndTheJobGoesOn() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("unlabelled", "");
        jobs.awaitPhase(job, Phase.Running);
        Pod pod = jobs.onlyPod();
        client.resource(pod)
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"metadata\":{\"labels\":{\"app.kubernetes.io/managed-by\":null}}}");
        eventually().until(() -> jobs.pods().size() == 1);
        kubelet.letGo(Stage.END);
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        jobs.awaitReleased();
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job));
    }

    @Test
    void aPodWithoutAnyAnnotationIsToldToStop() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("bare", "");
        jobs.awaitPhase(job, Phase.Running);
        client.resource(jobs.onlyPod())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":null}}");

        jobs.cancel(job);

        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Cancelled);
        jobs.awaitReleased();
    }

    @Test
    void aPodWithoutAnyAnnotationIsNudgedAndWhatOthersAnnotateStays() {
        kubelet.hold(Stage.READY);
        ClaudeJob job = jobs.create("nudged", "");
        jobs.awaitStatus(job, s -> s.attempts() != null);
        eventually().until(() -> jobs.onlyPod().getStatus().getStartTime() != null);
        client.resource(jobs.onlyPod())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":null}}");

        eventually().until(() -> nudges() > 0);
        client.resource(jobs.onlyPod())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"annotations\":{\"theirs\":\"x\"}}}");
        int nudges = nudges();
        eventually().until(() -> nudges() > nudges);
        assertThat(jobs.onlyPod().getMetadata().getAnnotations()).containsEntry("theirs", "x");
    }

    private int nudges() {
        return new PodView(jobs.onlyPod()).nudges().count();
    }

    @Test
    void aClusterThatTakesTheAnnotationsOfEachNewPodIsSaidToAndNothingSpins() {
        ClaudeJob job;
        try (Stripping stripping = Stripping.atCreate(client, namespace)) {
            job = jobs.create("stripped", "");

            assertThat(jobs.awaitPhase(job, Phase.Waiting)).satisfies(s -> {
                assertThat(s.reason()).isEqualTo("PodRejected");
                assertThat(s.message()).contains("annotations");
            });
            here.wire().awaitQuiet();
        }
        client.resource(jobs.onlyPod()).delete();
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
        // The number of the Pod that could not be used is given up.
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job, 2));
    }

    @Test
    void anOwnerThatSomebodyTakesFromAPodComesBackAndTheJobGoesOn() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("unowned", "");
        jobs.awaitPhase(job, Phase.Running);
        client.resource(jobs.onlyPod())
                .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"ownerReferences\":null}}");
        eventually()
                .until(() -> !jobs.onlyPod().getMetadata().getOwnerReferences().isEmpty());
        kubelet.letGo(Stage.END);
        assertThat(jobs.awaitEnd(job).phase()).isEqualTo(Phase.Succeeded);
    }

    @Test
    void aPodThatSomebodyDeletesGracefullyTellsItsEnd() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("deleted-pod", "");
        jobs.awaitPhase(job, Phase.Running);
        client.resource(jobs.onlyPod()).delete();
        ClaudeJobStatus status = jobs.awaitEnd(job);
        assertThat(status.reason()).isEqualTo("PodLost");
        assertThat(status.message()).contains("deleted by someone");
        assertThat(status.attempts().getLast().exitCode()).isEqualTo(143);
        jobs.awaitNoPods();
    }

    @Test
    void aPodThatIsRemovedByForceIsLost() {
        kubelet.hold(Stage.END);
        ClaudeJob job = jobs.create("forced", "");
        jobs.awaitPhase(job, Phase.Running);
        Pod pod = jobs.onlyPod();
        client.resource(pod).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\":{\"finalizers\":null}}");
        client.resource(pod).withGracePeriod(0).delete();
        ClaudeJobStatus status = jobs.awaitEnd(job);
        assertThat(status.phase()).isEqualTo(Phase.Failed);
        assertThat(status.reason()).isEqualTo("PodLost");
        assertThat(status.message()).contains("nobody saw how it ended");
        assertThat(status.attempts()).extracting(Attempt::ended).containsExactly(true);
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job));
    }

    @Test
    void aPodOfOursThatNobodyRecordedIsNotStartedForAFinishedJob() {
        ClaudeJob job = jobs.create("done", "");
        jobs.awaitEnd(job);
        jobs.awaitReleased();
        Pod first = jobs.onlyPod();
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
        jobs.awaitNoPods();
        assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(job));
        assertThat(jobs.status(job).attempts()).hasSize(1);
    }
}
