package dev.claudejob.decide;

import static dev.claudejob.decide.Scene.job;
import static dev.claudejob.decide.Scene.t;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.View;
import dev.claudejob.pod.PodNames;
import dev.claudejob.summary.FullResult;
import dev.claudejob.testing.PodStory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeciderTest {
    private static final String CANCEL = "cancel: true";
    private static final String DEADLINE = "activeDeadlineSeconds: 60";
    private static final String ENV = "credentialDelivery: Env";
    private static final String CUT = """
            {"v":1,"event":"result","isError":false,"turns":1,"bytes":30000,"text":"beginning","cut":true}""";

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource({"beforeTheStart", "underWay", "held", "stopping", "gone", "atTheEnd", "finished", "jobBeingDeleted"})
    void eachSceneHasOneNextStep(String scene, Scene at, String expected) {
        assertThat(Scene.words(at.decide())).isEqualTo(expected);
        assertThat(at.decide()).as("the same scene gives the same step").isEqualTo(at.decide());
    }

    static Stream<Arguments> beforeTheStart() {
        View.Refusal quota = new View.Refusal(Reason.PodRejected, "exceeded quota", false);
        Scene refused = job("").knowing(k -> k.withRefusal(quota));
        Scene stripped = job("").created().pod(p -> p.metadata(m -> m.withAnnotations(null)));
        return Stream.of(
                arguments(
                        "the user changed the spec after its Pod was made",
                        job("").created().metadata(m -> m.withGeneration(2L)),
                        "give number 1 up"),
                arguments(
                        "its Pod is newer than the job that is known",
                        job("").updated("prompt: Say more.").created().metadata(m -> m.withGeneration(1L)),
                        "write Starting Starting"),
                arguments(
                        "its Pod was deleted, and its gate is open: it must be on record",
                        job("").created().pod(p -> p.onNode(t(1)).running(t(3)).deleted(t(4))),
                        "write Starting Starting"),
                arguments("a new job", job(""), "create 1"),
                arguments("a new job, already cancelled", job(CANCEL), "write Cancelled Cancelled"),
                arguments("a schema that is none", job("agent: {outputSchema: {a: b}}"), "write Failed InvalidRequest"),
                arguments("its Pod is there", job("").created(), "write Starting Starting"),
                arguments(
                        "its Pod is there, cancelled meanwhile",
                        job("").created().updated(CANCEL),
                        "write Cancelled Cancelled"),
                arguments(
                        "its Pod was deleted before it was on record",
                        job("").created().pod(p -> p.deleted(t(1))),
                        "give number 1 up"),
                arguments(
                        "its Pod was deleted, and its number is given up",
                        job("").created().pod(p -> p.deleted(t(1))).said(),
                        "release"),
                arguments(
                        "that Pod is released and not gone yet",
                        job("").created().pod(p -> p.deleted(t(1)).released()).said(),
                        "create 2"),
                arguments("the cluster took its Pod's annotations", stripped, "write Waiting PodRejected"),
                arguments("it took them, and it was said", stripped.said().at(59), "wait until 60"),
                arguments("the Pod is to be made anew", stripped.said().at(60), "give number 1 up"),
                arguments("its number is given up", stripped.said().at(60).said(), "delete the Pod"),
                arguments("the cluster refuses the Pod", refused, "write Waiting PodRejected"),
                arguments(
                        "it was said that the cluster refuses the Pod",
                        refused.said().at(1),
                        "wait until 3"),
                arguments(
                        "it was said before the user changed the spec",
                        refused.said().metadata(m -> m.withGeneration(2L)),
                        "write Waiting PodRejected"),
                arguments("it was said a while ago", refused.said().at(20), "wait until 40"),
                arguments("it was said long ago", refused.said().at(4000), "wait until 4060"),
                arguments(
                        "the refusal has other words now",
                        refused.said()
                                .knowing(k -> k.withRefusal(new View.Refusal(Reason.PodRejected, "denied", false))),
                        "write Waiting PodRejected"),
                arguments(
                        "the refusal has another reason now",
                        refused.saysWaiting(Reason.NameTaken),
                        "write Waiting PodRejected"),
                arguments(
                        "after the pause it is tried again",
                        job("").saysWaiting(Reason.PodRejected).at(15),
                        "create 1"),
                arguments(
                        "cancelled while it is refused",
                        job("").saysWaiting(Reason.NameTaken).updated(CANCEL),
                        "write Cancelled Cancelled"));
    }

    static Stream<Arguments> underWay() {
        Scene onNode = job("").onNode();
        return Stream.of(
                arguments("on record", job("").recorded(), "open the gate"),
                arguments("no node has it", job("").recorded().pod(PodStory::ungated), "wait until 10"),
                arguments("a node has it", onNode.at(5), "wait until 11"),
                arguments(
                        "no node takes it, for a moment",
                        job("").recorded()
                                .pod(p -> p.ungated().unschedulable("no node", t(1)))
                                .at(3),
                        "wait until 7"),
                arguments(
                        "no node takes it",
                        job("").recorded()
                                .pod(p -> p.ungated().unschedulable("no node", t(1)))
                                .at(10),
                        "write Waiting Unschedulable"),
                arguments(
                        "no node takes it, and it was said",
                        job("").recorded()
                                .pod(p -> p.ungated().unschedulable("no node", t(1)))
                                .at(10)
                                .said()
                                .at(60),
                        "wait"),
                arguments("a slow start", onNode.at(11), "ask for Events"),
                arguments(
                        "a slow start with no Event that says why",
                        onNode.at(21).knowing(k -> k.withDelay("")),
                        "wait until 41"),
                arguments(
                        "a slow start that an Event explains",
                        onNode.at(21).knowing(k -> k.withDelay("FailedMount: no such volume")),
                        "write Waiting PodRejected"),
                arguments(
                        "a slow start, explained and said",
                        onNode.saysWaiting(Reason.PodRejected).at(40),
                        "wait"),
                arguments(
                        "the agent runs, the helper is not ready yet",
                        onNode.pod(p -> p.agentRunning(t(3))).at(4),
                        "wait until 8"),
                arguments(
                        "the agent runs and the helper is ready",
                        onNode.pod(p -> p.running(t(3))).at(4),
                        "write Running Running"),
                arguments("running, and it was said", job("").running().at(10), "wait"),
                arguments("running towards a deadline", job(DEADLINE).running().at(10), "wait until 63"),
                arguments(
                        "running again after it had to wait",
                        job("").running().saysWaiting(Reason.AuthFailed),
                        "write Running Running"));
    }

    static Stream<Arguments> held() {
        Scene onNode = job("").onNode();
        Scene noCredential = onNode.pod(p -> p.agentRunning(t(3))).at(10);
        Scene notReady = job("").running().pod(p -> p.ready(false, t(50))).at(60);
        Scene refused = notReady.knowing(k -> k.withDelay(""));
        Scene silent = job("").running()
                .pod(p -> p.condition("ContainersReady", "True", null, null, t(3))
                        .condition("Ready", "False", null, null, t(50)))
                .at(60);
        Scene hung = notReady.knowing(k -> k.withDelay("Readiness probe failed: context deadline exceeded"));
        return Stream.of(
                arguments(
                        "the image can't be pulled",
                        onNode.pod(p -> p.waiting("claude", "ErrImagePull", "not found")),
                        "write Waiting ImagePull"),
                arguments(
                        "back-off, and it was said",
                        onNode.pod(p -> p.waiting("claude", "ImagePullBackOff", "Back-off"))
                                .said()
                                .at(100),
                        "wait until 302"),
                arguments(
                        "the image can't be pulled for too long",
                        onNode.pod(p -> p.waiting("claude", "ImagePullBackOff", "Back-off"))
                                .said()
                                .at(302),
                        "delete the Pod"),
                arguments(
                        "too long, and the Pod is being deleted",
                        onNode.pod(p -> p.waiting("claude", "ImagePullBackOff", "Back-off")
                                        .deleted(t(302)))
                                .saysWaiting(Reason.ImagePull)
                                .at(303),
                        "wait"),
                arguments(
                        "too long, and its kubelet tears it down",
                        onNode.saysWaiting(Reason.ImagePull)
                                .pod(p -> p.deleted(t(302)))
                                .at(303),
                        "wait"),
                arguments(
                        "an image's name is none: said first",
                        onNode.pod(p -> p.waiting("claude", "InvalidImageName", "no")),
                        "write Waiting ImagePull"),
                arguments(
                        "an image's name is none: given up at once",
                        onNode.pod(p -> p.waiting("claude", "InvalidImageName", "no"))
                                .said(),
                        "delete the Pod"),
                arguments(
                        "the helper's image can't be pulled",
                        onNode.pod(p -> p.waiting("helper", "ErrImagePull", "no")),
                        "write Waiting ImagePull"),
                arguments(
                        "under Env the credential's Secret is not there",
                        job(ENV).onNode()
                                .pod(p -> p.waiting(
                                        "claude", "CreateContainerConfigError", "secret \"claude\" not found")),
                        "write Waiting CredentialMissing"),
                arguments(
                        "under Env the credential's key is not there",
                        job(ENV).onNode()
                                .pod(p -> p.waiting(
                                        "claude",
                                        "CreateContainerConfigError",
                                        "couldn't find key token in Secret team/claude")),
                        "write Waiting CredentialMissing"),
                arguments(
                        "under Env nothing is nudged: the kubelet looks by itself",
                        job(ENV).onNode()
                                .pod(p -> p.waiting(
                                        "claude", "CreateContainerConfigError", "secret \"claude\" not found"))
                                .said()
                                .at(60),
                        "wait"),
                arguments(
                        "another Secret is not there",
                        onNode.pod(
                                p -> p.waiting("claude", "CreateContainerConfigError", "secret \"other\" not found")),
                        "write Waiting PodRejected"),
                arguments(
                        "a Secret whose name begins like the credential's is another",
                        onNode.pod(p -> p.waiting(
                                "claude",
                                "CreateContainerConfigError",
                                "couldn't find key x in Secret team/claude-other")),
                        "write Waiting PodRejected"),
                arguments(
                        "a container can't be created",
                        onNode.pod(p -> p.waiting("claude", "CreateContainerError", "no /bin/sh")),
                        "write Waiting PodRejected"),
                arguments("the helper waits for a credential", noCredential, "write Waiting CredentialMissing"),
                arguments(
                        "it waits for a credential, and it was said: its kubelet is to look",
                        noCredential.said(),
                        "nudge"),
                arguments(
                        "just nudged",
                        noCredential
                                .said()
                                .pod(p -> p.annotated(PodNames.NUDGE_ANNOTATION, "1 " + t(10)))
                                .at(12),
                        "wait until 13"),
                arguments(
                        "nudged often: more and more seldom",
                        noCredential
                                .said()
                                .pod(p -> p.annotated(PodNames.NUDGE_ANNOTATION, "12 " + t(10)))
                                .at(12),
                        "wait until 22"),
                arguments(
                        "nudged enough",
                        noCredential
                                .said()
                                .pod(p -> p.annotated(PodNames.NUDGE_ANNOTATION, "18 " + t(10)))
                                .at(100_000),
                        "wait"),
                arguments(
                        "nudged enough for an earlier credential: it was ready since",
                        refused.said().pod(p -> p.annotated(PodNames.NUDGE_ANNOTATION, "18 " + t(10))),
                        "nudge"),
                arguments(
                        "a nudge that somebody else wrote over",
                        noCredential.said().pod(p -> p.annotated(PodNames.NUDGE_ANNOTATION, "never mind")),
                        "wait"),
                arguments("the helper is not ready: is it the credential?", notReady, "ask for Events"),
                arguments("the credential is refused", refused, "write Waiting AuthFailed"),
                arguments(
                        "the credential is refused before the job was seen running",
                        onNode.pod(p -> p.agentRunning(t(3)).letStart()).at(10).knowing(k -> k.withDelay("")),
                        "write Waiting AuthFailed"),
                arguments("the helper is slow to answer", hung.at(55), "wait until 59"),
                arguments("the helper hangs", hung, "write Waiting HelperFailed"),
                arguments("the helper hangs, and it was said", hung.said(), "wait"),
                arguments(
                        "the pull fails in other words",
                        onNode.pod(p -> p.waiting("claude", "ErrImagePull", "no such host"))
                                .said()
                                .pod(p -> p.waiting("claude", "ErrImagePull", "unauthorized")),
                        "write Waiting ImagePull"),
                arguments(
                        "the pull has failed, and its kubelet pauses: the same words",
                        onNode.pod(p -> p.waiting("claude", "ErrImagePull", "no such host"))
                                .said()
                                .pod(p -> p.waiting(
                                        "claude",
                                        "ImagePullBackOff",
                                        "Back-off pulling image \"i\": ErrImagePull: no such host"))
                                .at(100),
                        "wait until 302"),
                arguments("its node does not answer", silent, "write Waiting NodeLost"),
                arguments("its node does not answer, and it was said", silent.said(), "wait"),
                arguments(
                        "its node does not answer, and somebody gives the Pod up",
                        silent.pod(p -> p.deleted(t(70))),
                        "write Waiting NodeLost"),
                arguments("its node does not answer, and the job is cancelled", silent.updated(CANCEL), "stop"),
                arguments(
                        "told to stop, and its node does not answer",
                        silent.updated(CANCEL).pod(p -> p.stopped(57)).at(70),
                        "write Waiting NodeLost"),
                arguments(
                        "told to stop, deleted, and its node does not answer",
                        silent.updated(CANCEL)
                                .pod(p -> p.stopped(57).deleted(t(130)))
                                .at(140),
                        "write Waiting NodeLost"),
                arguments(
                        "its node answers again",
                        silent.said().pod(p -> p.ready(true, t(90))).at(91),
                        "write Running Running"),
                arguments(
                        "a readiness gate of somebody else is not passed",
                        job("").running()
                                .pod(p -> p.condition("ContainersReady", "True", null, null, t(3))
                                        .condition("Ready", "False", "ReadinessGatesNotReady", null, t(3)))
                                .at(60),
                        "wait"),
                arguments(
                        "it is refused, for a moment",
                        job("").running().pod(p -> p.ready(false, t(50))).at(52),
                        "wait until 56"),
                arguments("it is refused, and it was said", refused.said(), "nudge"));
    }

    static Stream<Arguments> stopping() {
        Scene onNode = job("").onNode();
        Scene running = job("").running();
        return Stream.of(
                arguments("cancelled at the gate", job("").recorded().updated(CANCEL), "delete the Pod"),
                arguments(
                        "cancelled at the gate, the Pod is being deleted",
                        job("").recorded().pod(p -> p.deleted(t(5))).updated(CANCEL),
                        "write Cancelled Cancelled"),
                arguments("cancelled on the way to a node", onNode.updated(CANCEL), "delete the Pod"),
                arguments(
                        "cancelled while the image is pulled",
                        onNode.pod(p -> p.waiting("claude", "ErrImagePull", "no"))
                                .saysWaiting(Reason.ImagePull)
                                .updated(CANCEL),
                        "delete the Pod"),
                arguments(
                        "cancelled, the Pod is being deleted by its kubelet",
                        onNode.updated(CANCEL).pod(p -> p.deleted(t(5))),
                        "wait"),
                arguments("cancelled while running", running.updated(CANCEL), "stop"),
                arguments(
                        "cancelled while it waits for a credential",
                        onNode.pod(p -> p.agentRunning(t(3)))
                                .saysWaiting(Reason.CredentialMissing)
                                .updated(CANCEL),
                        "stop"),
                arguments(
                        "told to stop",
                        running.updated(CANCEL).pod(p -> p.stopped(19)).at(25),
                        "wait until 80"),
                arguments(
                        "told to stop, and does not",
                        running.updated(CANCEL).pod(p -> p.stopped(19)).at(80),
                        "delete the Pod"),
                arguments(
                        "told to stop, deleted, and does not",
                        running.updated(CANCEL)
                                .pod(p -> p.stopped(19).deleted(t(80)))
                                .at(200),
                        "wait"),
                arguments(
                        "the deadline is not there yet", job(DEADLINE).running().at(62), "wait until 63"),
                arguments("the deadline is there", job(DEADLINE).running().at(63), "stop"),
                arguments(
                        "there is no deadline before the agent runs",
                        job("activeDeadlineSeconds: 1").onNode().at(9),
                        "wait until 11"),
                arguments(
                        "a deadline while the credential is refused",
                        job(DEADLINE)
                                .running()
                                .pod(p -> p.ready(false, t(50)))
                                .saysWaiting(Reason.AuthFailed)
                                .at(63),
                        "stop"),
                arguments(
                        "cancelled when the agent has ended by itself: nothing is left to stop",
                        running.pod(p -> p.agentEnded(1, t(20))).updated(CANCEL).at(20),
                        "wait until 321"),
                arguments(
                        "the node's clock is ten minutes behind: its helper has as long to speak as any",
                        running.pod(p -> p.agentEnded(1, t(20)).changed(t(620))).at(621),
                        "wait until 921"),
                arguments(
                        "the node's clock is ten minutes ahead: nobody waits longer for a helper that is silent",
                        running.pod(p -> p.agentEnded(1, t(620)).changed(t(20))).at(321),
                        "confirm that it is lost"),
                arguments(
                        "the deadline comes just after the agent's end",
                        job(DEADLINE).running().pod(p -> p.agentEnded(1, t(62))).at(63),
                        "wait until 363"));
    }

    static Stream<Arguments> gone() {
        Scene lost = job("").running().withoutPod();
        return Stream.of(
                arguments("the Pod is not in the cache", lost, "confirm that it is lost"),
                arguments(
                        "the apiserver says that it is gone",
                        lost.knowing(k -> k.withLostPod("pod-1")),
                        "write Failed PodLost"),
                arguments("another Pod is gone", lost.knowing(k -> k.withLostPod("pod-0")), "confirm that it is lost"),
                arguments(
                        "it is gone, and the job was cancelled",
                        lost.updated(CANCEL).knowing(k -> k.withLostPod("pod-1")),
                        "write Cancelled Cancelled"),
                arguments(
                        "deleted by someone at the gate",
                        job("").recorded().pod(p -> p.deleted(t(5))),
                        "write Waiting PodLost"),
                arguments(
                        "deleted by someone before a node had it",
                        job("").recorded().pod(p -> p.ungated().deleted(t(5))),
                        "write Waiting PodLost"),
                arguments(
                        "deleted by someone on its node before the agent started, and its kubelet has ended it",
                        job("").onNode().pod(p -> p.deleted(t(5)).phase("Failed")),
                        "write Waiting PodLost"),
                arguments(
                        "deleted by someone on its node: the kubelet will say how it ended",
                        job("").onNode().pod(p -> p.deleted(t(5))).at(6),
                        "wait"),
                arguments(
                        "deleted by someone while running: the kubelet will say how it ended",
                        job("").running().pod(p -> p.deleted(t(5))).at(6),
                        "wait"),
                arguments(
                        "deleted by someone, and its kubelet has ended it",
                        job("").running()
                                .pod(p -> p.deleted(t(5))
                                        .ended(143, PodStory.NOTHING, t(7))
                                        .phase("Failed")),
                        "write Failed PodLost"));
    }

    static Stream<Arguments> atTheEnd() {
        Scene running = job("").running();
        Scene cut = running.pod(p -> p.ended(0, CUT, t(20))).at(21);
        FullResult small = new FullResult("x".repeat(10_000), null);
        FullResult large = new FullResult("x".repeat(30_000), null);
        return Stream.of(
                arguments(
                        "the agent has ended, the helper is about to speak",
                        running.pod(p -> p.agentEnded(0, t(20))).at(20),
                        "wait until 321"),
                arguments(
                        "the helper has spoken: the Pod's phase is not waited for",
                        running.pod(p -> p.ended(0, PodStory.GOOD, t(20))).at(21),
                        "write Succeeded Succeeded"),
                arguments(
                        "a short run whose running was never seen",
                        job("").onNode()
                                .pod(p -> p.running(t(1)).ended(0, PodStory.GOOD, t(2)))
                                .at(2),
                        "write Succeeded Succeeded"),
                arguments(
                        "the helper does not speak, and still might",
                        running.pod(p -> p.agentEnded(0, t(20))).at(320),
                        "wait until 321"),
                arguments(
                        "the helper does not speak, as far as the cache knows",
                        running.pod(p -> p.agentEnded(0, t(20))).at(321),
                        "confirm that it is lost"),
                arguments(
                        "the helper does not speak, and the apiserver says so too",
                        running.pod(p -> p.agentEnded(0, t(20))).at(321).knowing(k -> k.withLivePod("pod-1")),
                        "write Failed HelperFailed"),
                arguments(
                        "the helper does not speak, and its Pod is gone",
                        running.pod(p -> p.agentEnded(0, t(20))).at(321).knowing(k -> k.withLostPod("pod-1")),
                        "write Failed HelperFailed"),
                arguments(
                        "another container outlives the agent",
                        running.pod(p -> p.runs("istio-proxy", t(3)).agentEnded(0, t(20)))
                                .at(22),
                        "wait until 25"),
                arguments(
                        "another container outlives the agent for too long",
                        running.pod(p -> p.runs("istio-proxy", t(3)).agentEnded(0, t(20)))
                                .at(25),
                        "delete the Pod"),
                arguments(
                        "and its Pod is being deleted",
                        running.pod(p -> p.runs("istio-proxy", t(3))
                                        .agentEnded(0, t(20))
                                        .deleted(t(25)))
                                .at(26),
                        "wait until 321"),
                arguments("the result was cut", cut, "read the log"),
                arguments(
                        "the log did not have it",
                        cut.knowing(k -> k.withResult(new FullResult(null, null))),
                        "write Succeeded Succeeded"),
                arguments("it fits into status", cut.knowing(k -> k.withResult(small)), "write Succeeded Succeeded"),
                arguments("it does not", cut.knowing(k -> k.withResult(large)), "save the result"),
                arguments(
                        "it is saved",
                        cut.knowing(k -> k.withResult(large).withResultConfigMap("review-result")),
                        "write Succeeded Succeeded"),
                arguments(
                        "it can't be saved",
                        cut.knowing(k -> k.withResult(large).withResultConfigMap("")),
                        "write Succeeded Succeeded"),
                arguments(
                        "a cut result of a Pod that is being deleted: its log may still be there",
                        cut.pod(p -> p.deleted(t(21))),
                        "read the log"));
    }

    static Stream<Arguments> finished() {
        Scene done = job("").running()
                .pod(p -> p.ended(0, PodStory.GOOD, t(20)))
                .at(21)
                .finished();
        Scene ttl = job("ttlSecondsAfterFinished: 100")
                .running()
                .pod(p -> p.ended(0, PodStory.GOOD, t(20)).phase("Succeeded"))
                .at(21)
                .finished()
                .pod(PodStory::released);
        return Stream.of(
                arguments("its end is on record", done, "release"),
                arguments("released", done.pod(PodStory::released), "wait"),
                arguments("its Pod is gone", done.withoutPod(), "wait"),
                arguments(
                        "cancelled before the start, with a Pod at the gate",
                        job("").created().updated(CANCEL).finished(),
                        "delete the Pod"),
                arguments(
                        "cancelled before the start, its Pod is being deleted",
                        job("").created().updated(CANCEL).finished().pod(p -> p.deleted(t(2))),
                        "release"),
                arguments(
                        "a Pod that nobody told to run is there",
                        done.withoutPod().created(),
                        "delete the Pod"),
                arguments(
                        "the spec was changed after the end",
                        done.pod(PodStory::released).updated(CANCEL),
                        "write Succeeded Succeeded"),
                arguments("its time to live is not over", ttl, "wait until 121"),
                arguments("its time to live is over", ttl.at(121), "delete the job"),
                arguments(
                        "its time to live is over, its Pod is held",
                        ttl.pod(p -> p.metadata(m -> m.addToFinalizers(PodNames.RESULT_FINALIZER)))
                                .at(121),
                        "release"));
    }

    static Stream<Arguments> jobBeingDeleted() {
        Scene running = job("").running().deleting();
        return Stream.of(
                arguments("no Pod", job("").deleting(), "wait"),
                arguments(
                        "a Pod at the gate that is not deleted yet",
                        job("").recorded().deleting(),
                        "wait"),
                arguments("a running Pod that is not deleted yet", running, "wait"),
                arguments("a running Pod that is being deleted", running.pod(p -> p.deleted(t(4))), "release"),
                arguments("released", running.pod(p -> p.deleted(t(4)).released()), "wait"),
                arguments("a Pod that has ended", running.pod(p -> p.ended(0, PodStory.GOOD, t(4))), "release"));
    }

    @Test
    void aNewGenerationAfterTheEndChangesNothingButTheGeneration() {
        Scene done = job("").running()
                .pod(p -> p.ended(0, PodStory.GOOD, t(20)))
                .at(21)
                .finished()
                .pod(PodStory::released);
        Scene bumped = done.updated("cancel: true").at(50);
        assertThat(bumped.written())
                .usingRecursiveComparison()
                .ignoringFields("observedGeneration", "conditions.observedGeneration")
                .isEqualTo(done.job().getStatus());
        assertThat(bumped.written().observedGeneration()).isEqualTo(2);
        assertThat(Scene.words(bumped.status(bumped.written()).decide())).isEqualTo("wait");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cancel: true"})
    void aSettledSceneIsNotWrittenAgain(String spec) {
        Scene end =
                job(spec).running().pod(p -> p.ended(0, PodStory.GOOD, t(20))).at(21);
        Scene settled = end.finished().pod(PodStory::released);
        for (long later : new long[] {22, 100, 100_000}) {
            assertThat(Scene.words(settled.at(later).decide())).isEqualTo("wait");
        }
    }

    @Test
    void aPodOfAnotherJobOfTheSameNameIsNoneOfOurs() {
        Scene namesake = job("").created()
                .pod(p -> p.metadata(
                        m -> m.editFirstOwnerReference().withUid("other").endOwnerReference()));
        assertThat(namesake.view().pods()).isEmpty();
        assertThat(Scene.words(namesake.decide())).isEqualTo("create 1");
    }

    @Test
    void aPodOfOursWhoseOwnerSomebodyTookIsReclaimed() {
        Scene running = job("").running();
        PodStory orphan = running.pod().metadata(m -> m.withOwnerReferences(List.of()));
        View afterLookUp = running.withoutPod().view().withPod(orphan.pod());
        assertThat(Scene.words(new Decider(Scene.SETTINGS).decide(afterLookUp))).isEqualTo("reclaim 1");
    }

    @Test
    void withoutLogsACutResultIsNotLookedFor() {
        Scene cut = job("").running().pod(p -> p.ended(0, CUT, t(20))).at(21);
        Decider decider =
                new Decider(new DecideSettings(Scene.SETTINGS.imagePullTimeout(), false, Scene.SETTINGS.upstreams()));
        assertThat(Scene.words(decider.decide(cut.view()))).isEqualTo("write Succeeded Succeeded");
    }

    @Test
    void peopleAreToldOfTheStartAndTheEndAndOfEachTroubleOnce() {
        assertThat(note(job("").created())).isEqualTo("Normal Started");
        assertThat(note(job("").onNode().pod(p -> p.running(t(3))))).isEqualTo("none");
        Scene noImage = job("").onNode().pod(p -> p.waiting("claude", "ErrImagePull", "no"));
        assertThat(note(noImage)).isEqualTo("Warning ImagePull");
        assertThat(note(noImage.said().pod(p -> p.waiting("claude", "ErrImagePull", "still no"))))
                .isEqualTo("none");
        assertThat(note(job("").running().pod(p -> p.ended(0, PodStory.GOOD, t(20)))))
                .isEqualTo("Normal Succeeded");
        assertThat(note(job("").running().pod(p -> p.ended(1, PodStory.NOTHING, t(20)))))
                .isEqualTo("Warning CliError");
    }

    private static String note(Scene scene) {
        Decision.Note note = ((Decision.WriteStatus) scene.decide()).note();
        return note == null ? "none" : (note.warning() ? "Warning " : "Normal ") + note.reason();
    }

    @Test
    void theStartOfARunIsWhenTheHelperWasReadySoThatWaitingForACredentialDoesNotCount() {
        Scene late = job(DEADLINE)
                .onNode()
                .pod(p -> p.agentRunning(t(3)).ready(true, t(500)))
                .at(500);
        assertThat(late.written().phase()).isEqualTo(Phase.Running);
        assertThat(late.written().attempts().getLast().startTime()).isEqualTo(t(500).toString());
        assertThat(Scene.words(late.saysRunning().decide())).isEqualTo("wait until 560");
    }
}
