package dev.claudejob.observe;

import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Containers of a Pod that can't start, where it matters: somebody may have put others into the Pod. */
public final class Stuck {
    private Stuck() {}

    /** One that waits for one of these reasons, and keeps the agent from starting. */
    public static Optional<ContainerStatus> beforeTheAgent(PodView pod, List<String> reasons) {
        return pod.agentRunningSince().isPresent()
                ? Optional.empty()
                : holding(pod)
                        .filter(c -> waiting(c)
                                .map(w -> reasons.contains(w.getReason()))
                                .orElse(false))
                        .findFirst();
    }

    /** The helper, when it can't start again while the agent's container runs. */
    public static Optional<ContainerStatus> helper(PodView pod) {
        return pod.agentRunningSince().isPresent()
                ? pod.container(PodNames.HELPER_CONTAINER)
                        .filter(c -> waiting(c)
                                .map(w -> !"ContainerCreating".equals(w.getReason()))
                                .orElse(false))
                : Optional.empty();
    }

    /** What a container waits for, in the kubelet's words; empty when it does not. */
    public static Optional<ContainerStateWaiting> waiting(ContainerStatus container) {
        return Optional.ofNullable(container.getState()).map(ContainerState::getWaiting);
    }

    /** Init containers start one after another: a sidecar that ends when others have started after it holds nobody up. */
    private static Stream<ContainerStatus> holding(PodView pod) {
        List<ContainerStatus> init = Objects.requireNonNullElse(pod.status().getInitContainerStatuses(), List.of());
        List<ContainerStatus> others = Objects.requireNonNullElse(pod.status().getContainerStatuses(), List.of());
        int last = others.stream().anyMatch(Stuck::begun) ? init.size() : 0;
        for (int i = last; i < init.size(); i++) {
            last = begun(init.get(i)) ? i : last;
        }
        return Stream.concat(init.stream().skip(last), others.stream());
    }

    private static boolean begun(ContainerStatus container) {
        return Stream.of(container.getState(), container.getLastState())
                .filter(Objects::nonNull)
                .anyMatch(state -> state.getRunning() != null || state.getTerminated() != null);
    }
}
