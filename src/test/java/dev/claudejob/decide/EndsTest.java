package dev.claudejob.decide;

import static dev.claudejob.decide.Scene.job;
import static dev.claudejob.decide.Scene.t;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.testing.PodStory;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EndsTest {
    private static final String ERROR = """
            {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":401,"text":"no"}""";
    private static final String ONCE = "retry: {limit: 0}";
    private static final String SCHEMA = "agent: {outputSchema: {type: object}}";

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource({"claudesOwn", "fromOutside", "neverStarted"})
    void eachEndHasItsReason(String end, Scene at, Reason reason, String words) {
        ClaudeJobStatus status = at.written();
        assertThat(status.phase().finished()).as(Scene.words(at.decide())).isTrue();
        assertThat(status.reason()).as(status.message()).isEqualTo(reason.name());
        assertThat(status.message()).contains(words).endsWith(status.message().strip());
    }

    static Stream<Arguments> claudesOwn() {
        Scene running = job("").running();
        return Stream.of(
                arguments("well", running.pod(p -> p.ended(0, PodStory.GOOD, t(20))), Reason.Succeeded, "in 2 turns"),
                arguments(
                        "exit code 0 and no result",
                        running.pod(p -> p.ended(0, PodStory.NOTHING, t(20))),
                        Reason.CliError,
                        "without a result (exit code 0)"),
                arguments(
                        "a result and another exit code",
                        running.pod(p -> p.ended(70, PodStory.GOOD, t(20))),
                        Reason.CliError,
                        "exit code 70"),
                arguments(
                        "exit code 0 and a result that is an error: interrupted by itself",
                        running.pod(p -> p.ended(0, ERROR, t(20))),
                        Reason.AuthFailed,
                        "HTTP 401"),
                arguments(
                        "the kubelet blames a child that was out of memory, the agent did its work",
                        running.pod(
                                p -> p.agentEnded(0, "OOMKilled", null, t(20)).helperEnded(PodStory.GOOD, t(20))),
                        Reason.Succeeded,
                        ""),
                arguments(
                        "no schema was asked for",
                        running.pod(p -> p.ended(0, PodStory.GOOD, t(20))),
                        Reason.Succeeded,
                        ""),
                arguments(
                        "a schema was asked for and none given",
                        job(SCHEMA).running().pod(p -> p.ended(0, PodStory.GOOD, t(20))),
                        Reason.StructuredOutputInvalid,
                        "agent.outputSchema"),
                arguments(
                        "the helper left nothing",
                        running.pod(p -> p.ended(0, "", t(20)).phase("Succeeded")),
                        Reason.HelperFailed,
                        "(exit code 0): there is no summary."),
                arguments(
                        "the helper ran out of memory",
                        running.pod(p -> p.agentEnded(0, t(20))
                                .terminated("helper", 137, "OOMKilled", null, t(1).toString(), t(21))),
                        Reason.OutOfMemory,
                        "config.helper.resources.limits.memory"),
                arguments(
                        "a bad flag, in the log's words",
                        running.pod(p -> p.agentEnded(1, "Error", "error: unknown option '--x'\n", t(20))
                                .helperEnded(PodStory.NOTHING, t(20))),
                        Reason.CliError,
                        "It says: error: unknown option '--x'"),
                arguments(
                        "a message that is too long is cut",
                        running.pod(p -> p.ended(
                                1,
                                "{\"v\":1,\"event\":\"result\",\"isError\":true,\"text\":\"" + "é".repeat(900) + "\"}",
                                t(20))),
                        Reason.CliError,
                        "…"));
    }

    static Stream<Arguments> fromOutside() {
        Scene running = job(ONCE).running();
        Scene cancelled = running.updated("cancel: true");
        return Stream.of(
                arguments(
                        "cancelled",
                        cancelled.pod(p -> p.stopped(10).ended(143, PodStory.NOTHING, t(20))),
                        Reason.Cancelled,
                        "cancelled"),
                arguments(
                        "cancelled, and the agent wrote an error when it was interrupted",
                        cancelled.pod(p -> p.stopped(10).ended(143, ERROR, t(20))),
                        Reason.Cancelled,
                        "cancelled"),
                arguments(
                        "cancelled, too late: the work was done",
                        cancelled.pod(p -> p.stopped(10).ended(0, PodStory.GOOD, t(20))),
                        Reason.Succeeded,
                        ""),
                arguments(
                        "cancelled, after it had failed by itself",
                        cancelled.pod(p -> p.ended(1, ERROR, t(20))),
                        Reason.AuthFailed,
                        "HTTP 401"),
                arguments(
                        "cancelled, and deleted for it did not stop",
                        cancelled.pod(p -> p.stopped(10)
                                .deleted(t(80))
                                .ended(137, PodStory.NOTHING, t(110))
                                .phase("Failed")),
                        Reason.Cancelled,
                        "cancelled"),
                arguments(
                        "past its deadline",
                        job("activeDeadlineSeconds: 60")
                                .running()
                                .pod(p -> p.stopped(62)
                                        .ended(143, PodStory.NOTHING, t(64))
                                        .failed("DeadlineExceeded", "Pod was active on the node longer")),
                        Reason.DeadlineExceeded,
                        "activeDeadlineSeconds (60 s)"),
                arguments(
                        "out of memory",
                        running.pod(
                                p -> p.agentEnded(137, "OOMKilled", null, t(20)).helperEnded(PodStory.NOTHING, t(20))),
                        Reason.OutOfMemory,
                        "template.resources.limits.memory"),
                arguments(
                        "evicted, with what the helper saved",
                        running.pod(p -> p.ended(137, PodStory.NOTHING, t(20))
                                .failed("Evicted", "Usage of EmptyDir volume exceeds the limit")),
                        Reason.Evicted,
                        "Usage of EmptyDir"),
                arguments(
                        "preempted by a Pod of more priority",
                        running.pod(p -> p.failed("Preempting", "Preempted in order to admit a critical pod")),
                        Reason.Evicted,
                        "critical pod"),
                arguments(
                        "the node is shut down",
                        running.pod(p -> p.failed("Terminated", "Pod was terminated in response to node shutdown")),
                        Reason.Evicted,
                        "shutdown"),
                arguments("the node is gone", running.pod(p -> p.failed("NodeLost", "gone")), Reason.NodeLost, "gone"),
                arguments(
                        "the node refuses the Pod",
                        job(ONCE).onNode().pod(p -> p.failed("OutOfcpu", "Node didn't have enough resource: cpu")),
                        Reason.PodRejected,
                        "(OutOfcpu): Node didn't have enough"),
                arguments(
                        "deleted by someone",
                        running.pod(p -> p.deleted(t(10))
                                .ended(143, PodStory.NOTHING, t(12))
                                .phase("Failed")),
                        Reason.PodLost,
                        "while the agent was running"),
                arguments(
                        "deleted by someone, and interrupted with a result",
                        running.pod(p -> p.deleted(t(10)).ended(143, ERROR, t(12))),
                        Reason.PodLost,
                        "while the agent was running"),
                arguments(
                        "deleted by someone after it had failed",
                        running.pod(p -> p.ended(1, ERROR, t(12)).deleted(t(13))),
                        Reason.AuthFailed,
                        ""),
                arguments(
                        "deleted by someone after it had succeeded",
                        running.pod(p -> p.ended(0, PodStory.GOOD, t(12)).deleted(t(13))),
                        Reason.Succeeded,
                        ""));
    }

    static Stream<Arguments> neverStarted() {
        Scene onNode = job(ONCE).onNode();
        Scene cloning = job("workspace: {git: {url: 'https://h/r.git'}}").onNode();
        return Stream.of(
                arguments(
                        "the repository can't be checked out",
                        cloning.pod(p -> p.workspaceEnded(128, "fatal: couldn't find\n remote ref x\n", t(5))
                                .phase("Failed")),
                        Reason.WorkspaceFailed,
                        "could not be checked out: fatal: couldn't find remote ref x"),
                arguments(
                        "the repository can't be checked out, and nobody says why",
                        cloning.pod(p -> p.workspaceEnded(1, null, t(5)).phase("Failed")),
                        Reason.WorkspaceFailed,
                        "could not be checked out."),
                arguments(
                        "the agent's container can't be started",
                        onNode.pod(p -> p.agentEnded(128, "StartError", "exec: /bin/sh: no such file", t(5))
                                .phase("Failed")),
                        Reason.PodRejected,
                        "exec: /bin/sh"),
                arguments(
                        "the image could not be pulled for too long",
                        onNode.pod(p -> p.waiting("claude", "ImagePullBackOff", "no such image"))
                                .saysWaiting(Reason.ImagePull)
                                .pod(p -> p.deleted(t(301))
                                        .agentEnded(137, "ContainerStatusUnknown", "could not be located", t(302))
                                        .phase("Failed")),
                        Reason.ImagePull,
                        "It waits because of ImagePull."),
                arguments(
                        "cancelled while it waited for its image",
                        onNode.saysWaiting(Reason.ImagePull)
                                .updated("cancel: true")
                                .pod(p -> p.deleted(t(301)).phase("Failed")),
                        Reason.Cancelled,
                        "cancelled"),
                arguments(
                        "deleted by someone before it started",
                        onNode.pod(p -> p.deleted(t(5)).phase("Failed")),
                        Reason.PodLost,
                        "before the agent started"));
    }
}
