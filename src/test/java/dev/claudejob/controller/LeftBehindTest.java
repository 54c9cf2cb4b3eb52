package dev.claudejob.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which jobs are called because of a Pod that no event may ever speak of. */
class LeftBehindTest {
    private static final ResourceID ID = new ResourceID(Jobs.NAME, Jobs.NAMESPACE);

    private final ClaudeJob finished = inPhase("Succeeded");
    private final PodStory atItsGate = PodStory.created(finished, 1, Jobs.CREATED);

    private static ClaudeJob inPhase(String phase) {
        return Jobs.with(Jobs.job(""), new JsonMapper().convertValue(Map.of("phase", phase), ClaudeJobStatus.class));
    }

    private static Stream<ResourceID> called(Pod pod, ClaudeJob job) {
        return JobCaches.leftBehind(
                Stream.of(pod),
                id -> Optional.of(job).filter(j -> ResourceID.fromResource(j).equals(id)));
    }

    @Test
    void aFinishedJobWithAPodAtItsGateIsCalled() {
        assertThat(called(atItsGate.pod(), finished)).containsExactly(ID);
    }

    @Test
    void aJobThatGoesOnLooksForItself() {
        assertThat(called(atItsGate.pod(), inPhase("Waiting"))).isEmpty();
        assertThat(called(atItsGate.pod(), Jobs.job(""))).isEmpty();
    }

    @Test
    void aPodThatIsGoingOrHasRunCallsNobody() {
        assertThat(called(atItsGate.deleted(Jobs.CREATED).pod(), finished)).isEmpty();
        assertThat(called(atItsGate.ungated().pod(), finished)).isEmpty();
    }

    @Test
    void aPodOfANamesakeThatIsGoneIsTheSweeps() {
        ClaudeJob another = inPhase("Succeeded");
        another.getMetadata().setUid("another");

        assertThat(called(atItsGate.pod(), another)).isEmpty();
    }
}
