package dev.claudejob.act;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PodPatchesTest {
    private static final ClaudeJob JOB = Jobs.job("");
    private static final PodStory POD = PodStory.created(JOB, 1, Jobs.CREATED);

    @Test
    void theGateIsRemovedOnlyFromThisVeryPodAndOnlyIfItIsOurs() {
        assertThat(PodPatches.openGate(POD.view())).isEqualTo("""
                [{"op":"test","path":"/metadata/uid","value":"pod-1"},\
                {"op":"test","path":"/spec/schedulingGates/0/name","value":"claudejob.dev/start"},\
                {"op":"remove","path":"/spec/schedulingGates/0"}]""");
    }

    @Test
    void anotherGateBeforeOursStays() {
        PodView queued = new PodView(new PodBuilder(POD.pod())
                .editSpec()
                .withSchedulingGates()
                .addNewSchedulingGate("kueue.x-k8s.io/admission")
                .addNewSchedulingGate(PodNames.START_GATE)
                .endSpec()
                .build());
        assertThat(PodPatches.openGate(queued))
                .contains("\"remove\",\"path\":\"/spec/schedulingGates/1\"")
                .contains("\"/spec/schedulingGates/1/name\"");
    }

    @Test
    void otherFinalizersStay() {
        PodView held = POD.metadata(m -> m.withFinalizers("other/one", PodNames.RESULT_FINALIZER))
                .view();
        assertThat(PodPatches.release(held)).isEqualTo("""
                [{"op":"test","path":"/metadata/uid","value":"pod-1"},\
                {"op":"test","path":"/metadata/finalizers/1","value":"claudejob.dev/result"},\
                {"op":"remove","path":"/metadata/finalizers/1"}]""");
    }

    @Test
    void aDeadlineAndANudgeAreForThisVeryPodToo() {
        assertThat(PodPatches.stop(POD.view(), 7, Instant.EPOCH)).isEqualTo("""
                {"metadata":{"uid":"pod-1","annotations":{"claudejob.dev/stopped-at":"1970-01-01T00:00:00Z"}},\
                "spec":{"activeDeadlineSeconds":7}}""");
        assertThat(PodPatches.nudge(POD.view(), "1 x")).isEqualTo("""
                {"metadata":{"uid":"pod-1","annotations":{"claudejob.dev/nudge":"1 x"}}}""");
    }

    @Test
    void aPodThatIsReclaimedGetsItsLabelsAndItsOwnerBackAndKeepsTheRest() {
        PodView astray = POD.unlabelled(PodNames.MANAGED_BY_LABEL)
                .metadata(m -> m.withOwnerReferences())
                .view();
        assertThat(PodPatches.reclaim(astray, POD.pod().getMetadata()))
                .contains("\"uid\":\"pod-1\"")
                .contains("\"app.kubernetes.io/managed-by\":\"claudejob\"")
                .contains("\"uid\":\"" + Jobs.UID + "\"")
                .contains("\"controller\":true");
    }
}
