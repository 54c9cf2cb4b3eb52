package dev.claudejob.observe;

import dev.claudejob.pod.PodNames;
import dev.claudejob.summary.Summary;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a Pod's object says about an attempt. How a kubelet reports each was measured on a real node (v1.35): the agent's end and the helper's
 * summary are there about two seconds before the Pod's phase is terminal.
 */
public record PodView(Pod pod) {
    public String name() {
        return pod.getMetadata().getName();
    }

    public String uid() {
        return pod.getMetadata().getUid();
    }

    /** The attempt's number; 0 when somebody has broken the label. */
    public int attempt() {
        String label = pod.getMetadata().getLabels() == null
                ? null
                : pod.getMetadata().getLabels().get(PodNames.ATTEMPT_LABEL);
        try {
            return label == null ? 0 : Integer.parseInt(label);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** True when it has the label by which the operator watches Pods. */
    public boolean selected() {
        Map<String, String> labels = pod.getMetadata().getLabels();
        return labels != null && PodNames.MANAGED_BY.equals(labels.get(PodNames.MANAGED_BY_LABEL));
    }

    /** True while our gate keeps the Pod from being scheduled. */
    public boolean gated() {
        return pod.getSpec().getSchedulingGates().stream().anyMatch(g -> PodNames.START_GATE.equals(g.getName()));
    }

    /** True until the Pod is released. */
    public boolean held() {
        return pod.getMetadata().getFinalizers().contains(PodNames.RESULT_FINALIZER);
    }

    public boolean deleting() {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    public Instant created() {
        return Instant.parse(pod.getMetadata().getCreationTimestamp());
    }

    /** True once the operator has told the kubelet to stop the Pod and keep it. */
    public boolean stopRequested() {
        return annotation(PodNames.STOP_ANNOTATION).isPresent();
    }

    /** When it did; empty when somebody wrote something else there. */
    public Optional<Instant> stopRequestedAt() {
        return annotation(PodNames.STOP_ANNOTATION).flatMap(PodView::instant);
    }

    /** True when the Pod was built from an older generation of its job's spec, or nobody knows from which. */
    public boolean outdated(Long generation) {
        try {
            return annotation(PodNames.GENERATION_ANNOTATION)
                    .map(Long::valueOf)
                    .map(built -> built < generation)
                    .orElse(true);
        } catch (NumberFormatException e) {
            return true;
        }
    }

    /** True when nothing of what the operator noted on it is there: its prompt may be gone too. */
    public boolean stripped() {
        return annotation(PodNames.GENERATION_ANNOTATION).isEmpty();
    }

    /** True when the Pod begins with the credential of this name. */
    public boolean beginsWith(String credential) {
        return annotation(PodNames.CREDENTIAL_ANNOTATION)
                .map(credential::equals)
                .orElse(false);
    }

    /** Positions in spec.credentials that the Pod may use, the one that it begins with first; empty when somebody wrote over them. */
    public List<Integer> credentials() {
        try {
            return annotation(PodNames.CREDENTIALS_ANNOTATION).stream()
                    .flatMap(text -> Stream.of(text.split(",", -1)))
                    .map(Integer::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            return List.of();
        }
    }

    /** The position in spec.credentials of what the helper counts as {@code index}; empty when somebody has written over it. */
    public Optional<Integer> position(int index) {
        List<Integer> positions = credentials();
        return index < positions.size() ? Optional.of(positions.get(index)) : Optional.empty();
    }

    private Optional<String> annotation(String key) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return Optional.ofNullable(annotations == null ? null : annotations.get(key));
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** Why the Pod was disrupted, as Kubernetes itself says: an eviction, a preemption, a node that is gone. */
    public Optional<PodCondition> disruption() {
        return condition("DisruptionTarget").filter(c -> "True".equals(c.getStatus()));
    }

    /** True while the helper has a credential that is not refused. Other containers' readiness says nothing about that. */
    public boolean helperReady() {
        return container(PodNames.HELPER_CONTAINER)
                .map(ContainerStatus::getReady)
                .orElse(false);
    }

    public boolean phaseTerminal() {
        String phase = status().getPhase();
        return "Succeeded".equals(phase) || "Failed".equals(phase);
    }

    /** The Pod's own reason, such as Evicted. */
    public Optional<String> podReason() {
        return Optional.ofNullable(status().getReason());
    }

    public Optional<String> podMessage() {
        return Optional.ofNullable(status().getMessage());
    }

    /** How often the Pod was nudged since it is not ready, and when last. A job that runs for days sees many rotations. */
    public Nudges nudges() {
        try {
            String[] parts = annotation(PodNames.NUDGE_ANNOTATION).orElse("").split(" ", 2);
            if (parts.length != 2) {
                return Nudges.NONE;
            }
            Instant last = Instant.parse(parts[1]);
            boolean sinceReady =
                    readySince().map(since -> !last.isBefore(since)).orElse(true);
            return new Nudges(sinceReady ? Integer.parseInt(parts[0]) : 0, last);
        } catch (NumberFormatException | DateTimeParseException e) {
            // Somebody wrote something else there: rather no more nudges than too many.
            return new Nudges(Integer.MAX_VALUE, Instant.EPOCH);
        }
    }

    /** See {@link #nudges()}. */
    public record Nudges(int count, Instant last) {
        static final Nudges NONE = new Nudges(0, Instant.EPOCH);

        /** The annotation's value after one more. */
        public String next(Instant now) {
            return (count + 1) + " " + now.truncatedTo(ChronoUnit.SECONDS);
        }
    }

    /** When the kubelet took the Pod on. */
    public Optional<Instant> acknowledged() {
        return Optional.ofNullable(status().getStartTime()).map(Instant::parse);
    }

    /** Since when the Pod as a whole has been ready, or not. */
    public Optional<Instant> readySince() {
        return condition("Ready").map(PodCondition::getLastTransitionTime).map(Instant::parse);
    }

    /**
     * True once Kubernetes itself takes the Pod's node for gone: only its node controller says that a Pod is not ready whose containers are. A
     * readiness gate that somebody else has not passed is told by its reason.
     */
    public boolean nodeSilent() {
        return condition("ContainersReady")
                        .filter(c -> "True".equals(c.getStatus()))
                        .isPresent()
                && condition("Ready")
                        .filter(c -> "False".equals(c.getStatus()) && !"ReadinessGatesNotReady".equals(c.getReason()))
                        .isPresent();
    }

    /** How the helper ended for good. */
    public Optional<ContainerStateTerminated> helperEnd() {
        return state(PodNames.HELPER_CONTAINER).map(ContainerState::getTerminated);
    }

    /** When the agent's container started, if it is running now. */
    public Optional<Instant> agentRunningSince() {
        return state(PodNames.CLAUDE_CONTAINER)
                .map(ContainerState::getRunning)
                .map(r -> Instant.parse(r.getStartedAt()));
    }

    /**
     * When the apiserver was last told of a change, by its own clock. What a kubelet reports has the time of its node, which may be minutes off. Empty
     * for an object that no apiserver has seen.
     */
    public Optional<Instant> changed() {
        return Stream.ofNullable(pod.getMetadata().getManagedFields())
                .flatMap(List::stream)
                .map(ManagedFieldsEntry::getTime)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Comparator.naturalOrder());
    }

    /** When the agent's end was known at the latest, by the apiserver's clock if there is one. */
    public Optional<Instant> agentEndKnown() {
        return agentEnd()
                .flatMap(end -> changed()
                        .or(() -> Optional.ofNullable(end.getFinishedAt()).map(Instant::parse)));
    }

    /** True once the agent was let start: until then its container only waits for a credential. */
    public boolean agentLetStart() {
        return container(PodNames.CLAUDE_CONTAINER)
                .map(c -> Boolean.TRUE.equals(c.getStarted()))
                .orElse(false);
    }

    /** How the agent's container ended. */
    public Optional<ContainerStateTerminated> agentEnd() {
        return state(PodNames.CLAUDE_CONTAINER).map(ContainerState::getTerminated);
    }

    /** True if the agent's container ever ran, whatever became of it. */
    public boolean agentStarted() {
        return agentStart().isPresent();
    }

    /** When the agent's container started; empty if it never ran. A container that could not be started has 1970 as its start. */
    public Optional<Instant> agentStart() {
        return agentRunningSince()
                .or(() -> agentEnd()
                        .map(ContainerStateTerminated::getStartedAt)
                        .map(Instant::parse)
                        .filter(start -> start.isAfter(Instant.EPOCH)));
    }

    /** True once the helper has ended for good: its summary, if there is one, is there. */
    public boolean helperEnded() {
        return helperEnd().isPresent();
    }

    /** The helper's summary; malformed or absent ones say so themselves. */
    public Summary summary() {
        return Summary.parse(
                helperEnd().map(ContainerStateTerminated::getMessage).orElse(null));
    }

    /** How the init container of the workspace failed, if it did. */
    public Optional<ContainerStateTerminated> workspaceFailure() {
        return state(PodNames.WORKSPACE_CONTAINER)
                .map(ContainerState::getTerminated)
                .filter(t -> t.getExitCode() == null || t.getExitCode() != 0);
    }

    /** The digest of the agent's image, as the node resolved it. */
    public Optional<String> agentImageId() {
        return container(PodNames.CLAUDE_CONTAINER)
                .map(ContainerStatus::getImageID)
                .filter(id -> !id.isEmpty());
    }

    /** Why the scheduler finds no node, and since when. */
    public Optional<PodCondition> unschedulable() {
        return condition("PodScheduled")
                .filter(c -> "False".equals(c.getStatus()) && "Unschedulable".equals(c.getReason()));
    }

    /** Another regular container, injected by someone, that has not ended. It never gets a signal when the agent ends. */
    public Optional<String> straggler() {
        return Stream.ofNullable(status().getContainerStatuses())
                .flatMap(List::stream)
                .filter(c -> !c.getName().equals(PodNames.CLAUDE_CONTAINER))
                .filter(c -> c.getState() != null && c.getState().getTerminated() == null)
                .map(ContainerStatus::getName)
                .findFirst();
    }

    /** True when no node has the Pod, and none will: the apiserver binds no Pod that is being deleted. */
    public boolean neverStarts() {
        return deleting() && pod.getSpec().getNodeName() == null;
    }

    /**
     * True when nothing more will be reported about the agent: it has ended and the helper has spoken or had time to, or the Pod as a whole
     * is over.
     */
    public boolean over(Instant now, Duration patience) {
        if (phaseTerminal() || neverStarts()) {
            return true;
        }
        return agentEnd().isPresent()
                && (helperEnded()
                        || agentEndKnown()
                                .map(known -> known.plus(patience).isBefore(now))
                                .orElse(false));
    }

    /** True when the agent has ended, and its helper has not said how. */
    public boolean silent() {
        return agentEnd().isPresent() && !helperEnded() && !phaseTerminal();
    }

    PodStatus status() {
        return Objects.requireNonNullElseGet(pod.getStatus(), PodStatus::new);
    }

    private Optional<PodCondition> condition(String type) {
        return Stream.ofNullable(status().getConditions())
                .flatMap(List::stream)
                .filter(c -> type.equals(c.getType()))
                .findFirst();
    }

    private Stream<ContainerStatus> containers() {
        return Stream.of(status().getInitContainerStatuses(), status().getContainerStatuses())
                .filter(Objects::nonNull)
                .flatMap(List::stream);
    }

    Optional<ContainerStatus> container(String name) {
        return containers().filter(c -> name.equals(c.getName())).findFirst();
    }

    private Optional<ContainerState> state(String name) {
        return container(name).map(ContainerStatus::getState);
    }
}
