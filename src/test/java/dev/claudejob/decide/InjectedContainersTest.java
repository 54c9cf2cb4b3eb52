package dev.claudejob.decide;

import static dev.claudejob.decide.Scene.job;
import static dev.claudejob.decide.Scene.t;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.testing.PodStory;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Containers that a mesh's webhook, say, has put into the Pod, and what becomes of the job when they do badly. */
class InjectedContainersTest {
    private static final String DEADLINE = "activeDeadlineSeconds: 60";
    private static final String PROXY = "istio-proxy";
    private static final UnaryOperator<PodStory> CRASHES =
            p -> p.crashing(PROXY, 1, "Error", "no certificate\n", "10s");

    /** A sidecar that starts before everything else. */
    private static Scene onNode(String spec) {
        return job(spec).onNode().pod(p -> p.sidecar(PROXY));
    }

    @Test
    void aSidecarThatCrashesWhileTheAgentWorksNeitherHidesThatNorSuspendsTheDeadline() {
        Scene running = onNode(DEADLINE)
                .pod(CRASHES)
                .pod(p -> p.running(t(3)).ready(false, t(3)).helperReady(true))
                .at(4);

        assertThat(Scene.words(running.decide())).isEqualTo("write Running Running");
        assertThat(Scene.words(running.said().at(10).decide())).isEqualTo("wait until 64");
        assertThat(Scene.words(running.said().at(64).decide())).isEqualTo("stop");
    }

    @Test
    void aSidecarThatKeepsTheAgentFromStartingIsNamedWithItsLastWords() {
        ClaudeJobStatus status = onNode("").pod(CRASHES).at(30).written();

        assertThat(status.phase()).isEqualTo(Phase.Waiting);
        assertThat(status.reason()).isEqualTo(Reason.PodRejected.name());
        assertThat(status.message())
                .contains("The Pod's container istio-proxy can't start")
                .contains("exit code 1")
                .contains("no certificate.")
                .contains("kubectl logs " + onNode("").pod().view().name() + " -c istio-proxy");
    }

    @Test
    void howLongTheKubeletPausesIsNoNews() {
        Scene said = onNode("").pod(CRASHES).at(30).said();

        assertThat(Scene.words(said.pod(p -> p.crashing(PROXY, 1, "Error", "no certificate\n", "5m0s"))
                        .at(200)
                        .decide()))
                .isEqualTo("wait until 302");
    }

    @Test
    void aSidecarThatKeepsTheAgentFromStartingIsGivenUpAfterAsLongAsAnImage() {
        Scene said = onNode("").pod(CRASHES).at(30).said();

        assertThat(Scene.words(said.at(301).decide())).isEqualTo("wait until 302");
        Scene givenUp = said.at(302);
        assertThat(Scene.words(givenUp.decide())).isEqualTo("delete the Pod");
        Scene over = givenUp.pod(p -> p.deleted(t(302))
                        .terminated(
                                "claude",
                                137,
                                "ContainerStatusUnknown",
                                "The container could not be located",
                                null,
                                t(303))
                        .phase("Failed"))
                .at(303);
        assertThat(over.written()).satisfies(s -> {
            assertThat(s.phase()).isEqualTo(Phase.Failed);
            assertThat(s.reason()).isEqualTo(Reason.PodRejected.name());
            assertThat(s.message()).contains("istio-proxy").contains("no certificate");
        });
    }

    @Test
    void aContainerThatCannotBeMadeIsGivenUpTheSameWay() {
        Scene said = job("").onNode()
                .pod(p -> p.waiting("claude", "CreateContainerError", "no such device"))
                .said();

        assertThat(said.job().getStatus().message())
                .contains("The Pod's container claude can't start: no such device.");
        assertThat(Scene.words(said.at(100).decide())).isEqualTo("wait until 302");
        assertThat(Scene.words(said.at(302).decide())).isEqualTo("delete the Pod");
    }

    @Test
    void somethingMissingThatAPersonMayMakeIsStillWaitedForWithoutEnd() {
        Scene missing = job("").onNode()
                .pod(p -> p.waiting("claude", "CreateContainerConfigError", "configmap \"settings\" not found"))
                .said();

        assertThat(Scene.words(missing.at(100_000).decide())).isEqualTo("wait");
        Scene deleted = missing.pod(p -> p.deleted(t(400)).phase("Failed")).at(401);
        assertThat(Scene.words(deleted.decide()))
                .as("whoever deletes the Pod meanwhile wants another")
                .isEqualTo("write Waiting PodLost");
    }

    @Test
    void aSidecarThatCrashesAfterOthersHaveStartedKeepsNobodyFromAnything() {
        Scene cloning = onNode("workspace: {git: {url: \"https://git.example/r\"}}")
                .pod(CRASHES)
                .pod(p -> p.runs("helper", t(2)).runs("workspace", t(3)))
                .at(5);

        assertThat(Scene.words(cloning.decide())).isEqualTo("wait until 11");
    }

    @Test
    void anImageThatAnInjectedContainerLacksDoesNotEndAnAgentAtWork() {
        Scene running = job("").running()
                .pod(p -> p.waiting(PROXY, "ImagePullBackOff", "Back-off"))
                .at(400);

        assertThat(Scene.words(running.decide())).isEqualTo("wait");
    }

    @Test
    void anInjectedContainerThatNeverStartedDoesNotKeepThePodOfAnAgentThatHasEnded() {
        Scene ended = job("").running()
                .pod(p -> p.waiting(PROXY, "ImagePullBackOff", "Back-off").agentEnded(0, t(20)));

        assertThat(Scene.words(ended.at(22).decide())).isEqualTo("wait until 25");
        assertThat(Scene.words(ended.at(25).decide())).isEqualTo("delete the Pod");
    }

    @Test
    void aHelperThatEndsAgainAndAgainIsToldAndTheDeadlineHolds() {
        Scene running = job(DEADLINE).running();
        Scene crashes = running.pod(p -> p.ready(false, t(20)).crashing("helper", 137, "OOMKilled", null, "10s"))
                .at(21);

        assertThat(crashes.written()).satisfies(s -> {
            assertThat(s.phase()).isEqualTo(Phase.Waiting);
            assertThat(s.reason()).isEqualTo(Reason.HelperFailed.name());
            assertThat(s.message()).contains("exit code 137").contains("OOMKilled");
        });
        assertThat(Scene.words(crashes.said().at(30).decide())).isEqualTo("wait until 63");
        assertThat(Scene.words(crashes.said().at(63).decide())).isEqualTo("stop");
    }
}
