package dev.claudejob.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The Pod Security Standard {@code restricted}, v1.35, control by control as kubernetes.io/docs/concepts/security/pod-security-standards has
 * them, the ones of {@code baseline} included. It reads the Pod as JSON and shares nothing with the code that builds it.
 */
final class PodSecurityStandard {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Set<String> VOLUMES = Set.of(
            "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret");

    private static final Set<String> SYSCTLS = Set.of(
            "kernel.shm_rmid_forced",
            "net.ipv4.ip_local_port_range",
            "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.tcp_syncookies",
            "net.ipv4.ping_group_range",
            "net.ipv4.ip_local_reserved_ports",
            "net.ipv4.tcp_keepalive_time",
            "net.ipv4.tcp_fin_timeout",
            "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes");

    private static final Set<String> SELINUX_TYPES =
            Set.of("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t");

    private final List<String> violations = new ArrayList<>();

    private PodSecurityStandard() {}

    /** The controls that a Pod violates, with where; empty when none. */
    static List<String> violations(Pod pod) {
        PodSecurityStandard standard = new PodSecurityStandard();
        standard.check(JSON.valueToTree(pod));
        return standard.violations;
    }

    private void check(JsonNode pod) {
        JsonNode spec = pod.path("spec");
        JsonNode context = spec.path("securityContext");
        for (String namespace : List.of("hostNetwork", "hostPID", "hostIPC")) {
            forbid(spec.path(namespace).asBoolean(), "Host Namespaces: " + namespace);
        }
        for (JsonNode sysctl : context.path("sysctls")) {
            forbid(!SYSCTLS.contains(sysctl.path("name").asText()), "Sysctls: " + sysctl);
        }
        for (JsonNode volume : spec.path("volumes")) {
            volume.fieldNames()
                    .forEachRemaining(type -> forbid(
                            !type.equals("name") && !VOLUMES.contains(type), "Volume Types: " + type + " " + volume));
        }
        pod.at("/metadata/annotations").properties().forEach(annotation -> {
            String value = annotation.getValue().asText();
            forbid(
                    annotation.getKey().startsWith("container.apparmor.security.beta.kubernetes.io/")
                            && !value.isEmpty()
                            && !value.equals("runtime/default")
                            && !value.startsWith("localhost/"),
                    "AppArmor: " + annotation);
        });
        contextOfAny(context, "Pod");
        List<JsonNode> containers = Stream.of("initContainers", "containers", "ephemeralContainers")
                .flatMap(kind -> spec.path(kind).valueStream())
                .toList();
        containers.forEach(this::container);
        forEach(containers, "Running as Non-root", c -> required(context, c, "/runAsNonRoot", JsonNode::asBoolean));
        forEach(
                containers,
                "Seccomp",
                c -> required(
                        context,
                        c,
                        "/seccompProfile/type",
                        type -> Set.of("RuntimeDefault", "Localhost").contains(type.asText())));
    }

    /** Set well by the container, or not by it and well by the Pod. */
    private static boolean required(JsonNode pod, JsonNode container, String field, Predicate<JsonNode> good) {
        JsonNode own = container.path("securityContext").at(field);
        return good.test(own.isMissingNode() || own.isNull() ? pod.at(field) : own);
    }

    /** What holds for the Pod's context and for each container's. */
    private void contextOfAny(JsonNode context, String where) {
        forbid(context.at("/windowsOptions/hostProcess").asBoolean(), "HostProcess: " + where);
        String profile = context.at("/appArmorProfile/type").asText("RuntimeDefault");
        forbid(!Set.of("RuntimeDefault", "Localhost").contains(profile), "AppArmor: " + where);
        JsonNode seLinux = context.path("seLinuxOptions");
        forbid(
                !SELINUX_TYPES.contains(seLinux.path("type").asText(""))
                        || !seLinux.path("user").asText("").isEmpty()
                        || !seLinux.path("role").asText("").isEmpty(),
                "SELinux: " + where);
        forbid(context.at("/seccompProfile/type").asText().equals("Unconfined"), "Seccomp: " + where);
        forbid(context.path("runAsUser").asInt(-1) == 0, "Running as Non-root user: " + where);
        JsonNode nonRoot = context.path("runAsNonRoot");
        forbid(nonRoot.isBoolean() && !nonRoot.asBoolean(), "Running as Non-root: " + where);
    }

    private void container(JsonNode container) {
        String name = container.path("name").asText();
        JsonNode context = container.path("securityContext");
        contextOfAny(context, name);
        forbid(context.path("privileged").asBoolean(), "Privileged Containers: " + name);
        forbid(context.path("allowPrivilegeEscalation").asBoolean(true), "Privilege Escalation: " + name);
        forbid(!context.path("procMount").asText("Default").equals("Default"), "/proc Mount Type: " + name);
        JsonNode capabilities = context.path("capabilities");
        forbid(
                capabilities
                        .path("drop")
                        .valueStream()
                        .noneMatch(c -> c.asText().equals("ALL")),
                "Capabilities, drop: " + name);
        forbid(
                capabilities.path("add").valueStream().anyMatch(c -> !c.asText().equals("NET_BIND_SERVICE")),
                "Capabilities, add: " + name);
        forbid(
                container
                        .path("ports")
                        .valueStream()
                        .anyMatch(p -> p.path("hostPort").asInt() != 0),
                "Host Ports: " + name);
        for (String handler : List.of(
                "/livenessProbe", "/readinessProbe", "/startupProbe", "/lifecycle/postStart", "/lifecycle/preStop")) {
            for (String kind : List.of("/httpGet/host", "/tcpSocket/host")) {
                forbid(!container.at(handler + kind).asText("").isEmpty(), "Host Probes: " + name + handler);
            }
        }
    }

    private void forEach(List<JsonNode> containers, String control, Predicate<JsonNode> good) {
        containers.forEach(
                c -> forbid(!good.test(c), control + ": " + c.path("name").asText()));
    }

    private void forbid(boolean violated, String what) {
        if (violated) {
            violations.add(what);
        }
    }
}
