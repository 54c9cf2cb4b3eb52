package dev.claudejob.pod;

import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The rules of the Pod Security Standard {@code restricted}, v1.35, and a few of our own. */
final class Restricted {
    private Restricted() {}

    /** What is wrong with a Pod; empty when nothing is. */
    static List<String> problems(Pod pod) {
        List<String> problems = new ArrayList<>();
        PodSpec spec = pod.getSpec();
        check(problems, !Boolean.TRUE.equals(spec.getHostNetwork()), "hostNetwork");
        check(problems, !Boolean.TRUE.equals(spec.getHostPID()), "hostPID");
        check(problems, !Boolean.TRUE.equals(spec.getHostIPC()), "hostIPC");
        check(problems, Boolean.TRUE.equals(spec.getSecurityContext().getRunAsNonRoot()), "Pod runAsNonRoot");
        check(problems, !Objects.equals(spec.getSecurityContext().getRunAsUser(), 0L), "Pod runAsUser 0");
        check(problems, spec.getSecurityContext().getSysctls().isEmpty(), "sysctls");
        check(
                problems,
                "RuntimeDefault"
                        .equals(spec.getSecurityContext().getSeccompProfile().getType()),
                "Pod seccompProfile");
        // Not of the standard, but of ours.
        check(problems, Boolean.FALSE.equals(spec.getAutomountServiceAccountToken()), "a ServiceAccount's token");
        check(problems, Boolean.FALSE.equals(spec.getEnableServiceLinks()), "service links");
        check(problems, !Boolean.TRUE.equals(spec.getShareProcessNamespace()), "a shared process namespace");
        check(problems, "Never".equals(spec.getRestartPolicy()), "restartPolicy");
        spec.getVolumes().forEach(volume -> volume(problems, volume));
        containers(pod).forEach(container -> container(problems, container));
        return problems;
    }

    static Stream<Container> containers(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
    }

    private static void volume(List<String> problems, Volume volume) {
        boolean allowed = Stream.of(
                                volume.getConfigMap(),
                                volume.getCsi(),
                                volume.getDownwardAPI(),
                                volume.getEmptyDir(),
                                volume.getEphemeral(),
                                volume.getPersistentVolumeClaim(),
                                volume.getProjected(),
                                volume.getSecret())
                        .filter(Objects::nonNull)
                        .count()
                == 1;
        check(problems, allowed, "volume " + volume.getName());
        check(problems, volume.getHostPath() == null, "hostPath " + volume.getName());
    }

    private static void container(List<String> problems, Container container) {
        String name = container.getName() + " ";
        SecurityContext context = container.getSecurityContext();
        check(problems, Boolean.FALSE.equals(context.getAllowPrivilegeEscalation()), name + "privilege escalation");
        check(problems, !Boolean.TRUE.equals(context.getPrivileged()), name + "privileged");
        check(problems, Boolean.TRUE.equals(context.getRunAsNonRoot()), name + "runAsNonRoot");
        check(problems, context.getRunAsUser() != null && context.getRunAsUser() > 0, name + "runAsUser");
        check(problems, Boolean.TRUE.equals(context.getReadOnlyRootFilesystem()), name + "read-only root");
        check(problems, context.getProcMount() == null, name + "procMount");
        check(problems, context.getSeLinuxOptions() == null, name + "seLinuxOptions");
        check(problems, context.getAppArmorProfile() == null, name + "appArmorProfile");
        check(problems, "RuntimeDefault".equals(context.getSeccompProfile().getType()), name + "seccompProfile");
        Capabilities capabilities = context.getCapabilities();
        check(problems, capabilities.getDrop().equals(List.of("ALL")), name + "drops ALL");
        check(problems, capabilities.getAdd().isEmpty(), name + "adds capabilities");
        check(problems, container.getPorts().stream().allMatch(p -> p.getHostPort() == null), name + "hostPort");
        check(problems, container.getLifecycle() == null, name + "lifecycle hooks");
    }

    private static void check(List<String> problems, boolean good, String what) {
        if (!good) {
            problems.add(what);
        }
    }
}
