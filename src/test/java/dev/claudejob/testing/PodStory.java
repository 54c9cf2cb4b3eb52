package dev.claudejob.testing;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.PodNames;
import dev.claudejob.pod.PodSettings;
import dev.claudejob.pod.Upstreams;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The life of a job's Pod, told step by step in what the apiserver, the scheduler and the kubelet write into it. How they write it was
 * measured on a real node, v1.35. Immutable: each step is another Pod.
 */
public record PodStory(Pod pod) {
    /** What a helper says of a run that went well. */
    public static final String GOOD = """
            {"v":1,"event":"result","subtype":"success","isError":false,"terminalReason":"completed","turns":2,\
            "costUSD":"0.0420","session":"11111111-2222-4333-8444-555555555555","cli":"2.1.330",\
            "usage":{"in":10,"out":20,"cacheRead":5,"cacheWrite":6},"bytes":5,"sha256":"abc","text":"Done."}""";

    /** What it says of one that left no result. */
    public static final String NOTHING = """
            {"v":1,"event":"none","why":"no result event"}""";

    public static final PodSettings SETTINGS = new PodSettings(
            new PodSettings.Runner("claudejob/runner:dev", "IfNotPresent", new ResourceRequirements()),
            new PodSettings.Helper(
                    "claudejob/operator:dev", "IfNotPresent", List.of(), 90, 10, new ResourceRequirements()),
            new PodSettings.Users(1001, 1002, 1003),
            new Upstreams(Map.of("anthropic", Upstreams.VENDOR_API, "gateway", "https://gateway.example/llm")),
            new PodSettings.Egress(null, List.of()),
            null,
            new PodSettings.WorkloadIdentity("https://audience.example", 1200));

    /** The Pod of an attempt as the apiserver returns it: gated. Its uid tells of its job and attempt. */
    public static PodStory created(ClaudeJob job, int attempt, Instant when) {
        return created(job, attempt, List.of(0), when);
    }

    /** The Pod of an attempt that uses these of the job's credentials. */
    public static PodStory created(ClaudeJob job, int attempt, List<Integer> credentials, Instant when) {
        return of(new PodBuilder(SETTINGS).build(job, attempt, credentials), "pod-" + attempt, when);
    }

    /** What the apiserver makes of a new Pod. */
    public static PodStory of(Pod wanted, String uid, Instant when) {
        Pod pod = new io.fabric8.kubernetes.api.model.PodBuilder(wanted)
                .editMetadata()
                .withUid(uid)
                .withResourceVersion("1")
                .withCreationTimestamp(when.toString())
                .endMetadata()
                .withNewStatus()
                .withPhase("Pending")
                .endStatus()
                .build();
        return new PodStory(pod);
    }

    public PodView view() {
        return new PodView(pod);
    }

    public PodStory ungated() {
        return edit(p -> p.editSpec().withSchedulingGates(List.of()).endSpec());
    }

    /** A node was chosen and its kubelet has the Pod. */
    public PodStory onNode(Instant when) {
        return edit(p -> p.editSpec()
                        .withSchedulingGates(List.of())
                        .withNodeName("node")
                        .endSpec())
                .status(s -> s.withStartTime(when.toString()));
    }

    /** No node takes it. */
    public PodStory unschedulable(String message, Instant since) {
        return condition("PodScheduled", "False", "Unschedulable", message, since);
    }

    /** A container can't start. */
    public PodStory waiting(String container, String reason, @Nullable String message) {
        return state(container, s -> s.withNewWaiting(message, reason));
    }

    /** The helper and the agent's container run, and the helper has a credential. */
    public PodStory running(Instant since) {
        return agentRunning(since).letStart().ready(true, since);
    }

    /** The helper has let the agent start. */
    public PodStory letStart() {
        return status(s -> s.editMatchingContainerStatus(c -> c.getName().equals(PodNames.CLAUDE_CONTAINER))
                .withStarted(true)
                .endContainerStatus());
    }

    /** The agent's container runs, and waits to be let start; the Pod is not ready. */
    public PodStory agentRunning(Instant since) {
        return state(PodNames.HELPER_CONTAINER, s -> s.withNewRunning(since.toString()))
                .state(PodNames.CLAUDE_CONTAINER, s -> s.withNewRunning(since.toString()))
                .ready(false, since)
                .phase("Running");
    }

    public PodStory ready(boolean ready, Instant since) {
        return condition("Ready", ready ? "True" : "False", ready ? null : "ContainersNotReady", null, since)
                .helperReady(ready);
    }

    /** The agent's container has ended; what it was killed by and the end of its log may be missing. */
    public PodStory agentEnded(int exitCode, Instant when) {
        return agentEnded(exitCode, exitCode == 0 ? "Completed" : "Error", null, when);
    }

    public PodStory agentEnded(int exitCode, String reason, @Nullable String log, Instant when) {
        // One that could not be started has 1970 as its start.
        String started = view().agentRunningSince().orElse(Instant.EPOCH).toString();
        return terminated(PodNames.CLAUDE_CONTAINER, exitCode, reason, log, started, when);
    }

    /** The helper has said its last word. */
    public PodStory helperEnded(String summary, Instant when) {
        return terminated(PodNames.HELPER_CONTAINER, 0, "Completed", summary, Jobs.CREATED.toString(), when);
    }

    /** The agent and the helper have ended, as in a run without a hitch. */
    public PodStory ended(int exitCode, String summary, Instant when) {
        return agentEnded(exitCode, when).helperEnded(summary, when);
    }

    /** The init container of the workspace has ended. */
    public PodStory workspaceEnded(int exitCode, @Nullable String log, Instant when) {
        return terminated(PodNames.WORKSPACE_CONTAINER, exitCode, "Error", log, when.toString(), when);
    }

    /** A container runs. */
    public PodStory runs(String name, Instant since) {
        return state(name, s -> s.withNewRunning(since.toString()));
    }

    /** A native sidecar that somebody put before all other containers. */
    public PodStory sidecar(String name) {
        return edit(p -> p.editSpec()
                .addToInitContainers(
                        0,
                        new ContainerBuilder()
                                .withName(name)
                                .withRestartPolicy("Always")
                                .build())
                .endSpec());
    }

    /** A container has ended again and again, and its kubelet pauses before it starts it once more. */
    public PodStory crashing(String container, int exitCode, String reason, @Nullable String log, String pause) {
        return waiting(
                        container,
                        "CrashLoopBackOff",
                        "back-off " + pause + " restarting failed container=" + container + " pod=p_team(pod-1)")
                .containerStatus(
                        container,
                        c -> c.withLastState(new ContainerStateBuilder()
                                .withNewTerminated()
                                .withExitCode(exitCode)
                                .withReason(reason)
                                .withMessage(log)
                                .endTerminated()
                                .build()));
    }

    public PodStory phase(String phase) {
        return status(s -> s.withPhase(phase));
    }

    /** The Pod failed as a whole, such as Evicted. */
    public PodStory failed(String reason, String message) {
        return status(s -> s.withPhase("Failed").withReason(reason).withMessage(message));
    }

    /** Somebody deleted it; a finalizer or its kubelet keeps it. */
    public PodStory deleted(Instant when) {
        return metadata(m -> m.withDeletionTimestamp(when.toString()));
    }

    /** Our finalizer is gone. */
    public PodStory released() {
        return metadata(m -> m.removeFromFinalizers(PodNames.RESULT_FINALIZER));
    }

    /** The operator asked the kubelet to stop it. */
    public PodStory stopped(long deadlineSeconds) {
        Instant since = view().acknowledged().orElseGet(() -> view().created());
        return edit(p -> p.editSpec().withActiveDeadlineSeconds(deadlineSeconds).endSpec())
                .annotated(
                        PodNames.STOP_ANNOTATION,
                        since.plusSeconds(deadlineSeconds).toString());
    }

    /** The apiserver was told of a change. */
    public PodStory changed(Instant when) {
        return metadata(m -> m.withManagedFields(
                new ManagedFieldsEntryBuilder().withTime(when.toString()).build()));
    }

    public PodStory annotated(String name, String value) {
        return metadata(m -> m.addToAnnotations(name, value));
    }

    public PodStory unlabelled(String name) {
        return metadata(m -> m.removeFromLabels(name));
    }

    public PodStory metadata(Consumer<ObjectMetaBuilder> change) {
        ObjectMetaBuilder metadata = new ObjectMetaBuilder(pod.getMetadata());
        change.accept(metadata);
        return edit(p -> p.withMetadata(metadata.build()));
    }

    public PodStory helperReady(boolean ready) {
        return status(s -> s.editMatchingInitContainerStatus(c -> PodNames.HELPER_CONTAINER.equals(c.getName()))
                .withReady(ready)
                .endInitContainerStatus());
    }

    public PodStory terminated(
            String container,
            int exitCode,
            String reason,
            @Nullable String message,
            @Nullable String started,
            Instant when) {
        return state(
                container,
                s -> s.withNewTerminated()
                        .withExitCode(exitCode)
                        .withReason(reason)
                        .withMessage(message)
                        .withStartedAt(started)
                        .withFinishedAt(when.toString())
                        .endTerminated());
    }

    public PodStory condition(
            String type, String status, @Nullable String reason, @Nullable String message, Instant since) {
        return status(s -> s.removeMatchingFromConditions(c -> type.equals(c.getType()))
                .addToConditions(new PodConditionBuilder()
                        .withType(type)
                        .withStatus(status)
                        .withReason(reason)
                        .withMessage(message)
                        .withLastTransitionTime(since.toString())
                        .build()));
    }

    private PodStory state(String container, UnaryOperator<ContainerStateBuilder> change) {
        ContainerState state = change.apply(new ContainerStateBuilder()).build();
        ContainerStatus status = new ContainerStatusBuilder()
                .withName(container)
                .withImageID(state.getWaiting() == null ? "sha256:" + container : "")
                .withState(state)
                .build();
        return containerStatuses(container, before -> status);
    }

    private PodStory containerStatus(String container, UnaryOperator<ContainerStatusBuilder> change) {
        return containerStatuses(
                container,
                before -> change.apply(new ContainerStatusBuilder(before)).build());
    }

    /** Init containers stand in the order in which they start, as a kubelet tells of them. */
    private PodStory containerStatuses(String container, UnaryOperator<@Nullable ContainerStatus> change) {
        List<String> order = pod.getSpec().getInitContainers().stream()
                .map(Container::getName)
                .toList();
        boolean init = order.contains(container);
        return status(s -> {
            List<ContainerStatus> all =
                    new ArrayList<>(init ? s.buildInitContainerStatuses() : s.buildContainerStatuses());
            ContainerStatus before = all.stream()
                    .filter(c -> container.equals(c.getName()))
                    .findFirst()
                    .orElse(null);
            all.remove(before);
            all.add(change.apply(before));
            if (init) {
                all.sort(Comparator.comparingInt(c -> order.indexOf(c.getName())));
                s.withInitContainerStatuses(all);
            } else {
                s.withContainerStatuses(all);
            }
        });
    }

    private PodStory status(Consumer<PodStatusBuilder> change) {
        PodStatusBuilder status = new PodStatusBuilder(pod.getStatus() == null ? new PodStatus() : pod.getStatus());
        change.accept(status);
        return edit(p -> p.withStatus(status.build()));
    }

    private PodStory edit(UnaryOperator<io.fabric8.kubernetes.api.model.PodBuilder> change) {
        return new PodStory(change.apply(new io.fabric8.kubernetes.api.model.PodBuilder(pod))
                .build());
    }
}
