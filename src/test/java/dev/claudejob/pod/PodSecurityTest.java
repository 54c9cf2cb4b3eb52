package dev.claudejob.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a job's template says, its Pod is within the Pod Security Standard restricted. */
class PodSecurityTest {
    private static final int SPECS = 10_000;

    private static final Map<String, Object> KEY = Map.of("secretKeyRef", Map.of("name", "s", "key", "k"));

    private static final List<Map<String, Object>> CREDENTIALS = List.of(
            Map.of("oauthToken", KEY),
            Map.of("apiKey", KEY),
            Map.of("authToken", Map.of("secretKeyRef", Map.of("name", "s", "key", "k"), "upstream", "gateway")),
            Map.of("bedrock", Map.of("region", "eu-west-1", "bearerToken", KEY)),
            Map.of("bedrock", Map.of("region", "eu-west-1", "podIdentity", Map.of())),
            Map.of("foundry", Map.of("resource", "r", "apiKey", KEY)),
            Map.of("vertex", Map.of("projectID", "p", "region", "r", "serviceAccountKey", KEY)));

    private static Pod pod(Map<String, Object> spec) {
        return new PodBuilder(PodStory.SETTINGS).build(Jobs.job(spec), 1, List.of(0));
    }

    @Test
    void noPodOfThousandsIsOutsideTheStandard() {
        int built = 0;
        for (long seed = 0; built < SPECS; seed++) {
            assertThat(seed).as("enough specs make a Pod").isLessThan(2L * SPECS);
            Map<String, Object> spec = new SchemaSpecs(seed).next();
            // Some kinds of credential can't be held by the helper.
            spec.put("credentialDelivery", seed % 2 == 0 ? "Helper" : "Env");
            spec.put("credentials", List.of(CREDENTIALS.get((int) (seed % CREDENTIALS.size()))));
            Pod pod;
            try {
                pod = pod(spec);
            } catch (IllegalArgumentException | IllegalStateException refused) {
                // What the CRD's rules would have refused.
                continue;
            }
            built++;
            List<String> violations = PodSecurityStandard.violations(pod);
            List<String> problems = Restricted.problems(pod);
            if (!violations.isEmpty() || !problems.isEmpty()) {
                throw new AssertionError("seed " + seed + ": " + violations + problems + " by " + spec);
            }
        }
    }

    /** Or the thousands would say little. */
    @Test
    void theThousandsUseEveryPartOfATemplate() {
        Set<String> used = new TreeSet<>();
        for (long seed = 0; seed < 200; seed++) {
            if (new SchemaSpecs(seed).next().get("template") instanceof Map<?, ?> template) {
                template.keySet().forEach(key -> used.add((String) key));
            }
        }
        assertThat(used)
                .contains("metadata", "image", "resources", "affinity", "tolerations", "serviceAccountName", "volumes");
    }

    // ---- each control of the standard notices when it is violated

    private record Violation(String control, Consumer<Pod> make) {
        @Override
        public String toString() {
            return control;
        }
    }

    static Stream<Violation> violations() {
        return Stream.of(
                new Violation("Host Namespaces", p -> p.getSpec().setHostNetwork(true)),
                new Violation("Host Namespaces", p -> p.getSpec().setHostPID(true)),
                new Violation(
                        "Volume Types",
                        p -> p.getSpec()
                                .getVolumes()
                                .add(new VolumeBuilder()
                                        .withName("x")
                                        .withNewHostPath("/", "")
                                        .build())),
                new Violation("Privileged", p -> claude(p).getSecurityContext().setPrivileged(true)),
                new Violation(
                        "Privilege Escalation",
                        p -> claude(p).getSecurityContext().setAllowPrivilegeEscalation(null)),
                new Violation(
                        "Running as Non-root user",
                        p -> claude(p).getSecurityContext().setRunAsUser(0L)),
                new Violation(
                        "Running as Non-root",
                        p -> claude(p).getSecurityContext().setRunAsNonRoot(false)),
                new Violation(
                        "Capabilities, drop",
                        p -> claude(p).getSecurityContext().getCapabilities().setDrop(List.of())),
                new Violation(
                        "Capabilities, add",
                        p -> claude(p).getSecurityContext().getCapabilities().setAdd(List.of("SYS_ADMIN"))),
                new Violation(
                        "Seccomp",
                        p -> claude(p).getSecurityContext().getSeccompProfile().setType("Unconfined")),
                new Violation("/proc Mount", p -> claude(p).getSecurityContext().setProcMount("Unmasked")),
                new Violation(
                        "Host Probes",
                        p -> claude(p).getStartupProbe().getHttpGet().setHost("169.254.169.254")),
                new Violation(
                        "AppArmor",
                        p -> p.getMetadata()
                                .getAnnotations()
                                .put("container.apparmor.security.beta.kubernetes.io/claude", "unconfined")));
    }

    private static io.fabric8.kubernetes.api.model.Container claude(Pod pod) {
        return pod.getSpec().getContainers().getFirst();
    }

    @ParameterizedTest
    @MethodSource("violations")
    void aViolationIsNoticed(Violation violation) {
        Pod pod = pod(new RandomSpecs(1).next());
        assertThat(PodSecurityStandard.violations(pod)).isEmpty();
        violation.make().accept(pod);
        assertThat(PodSecurityStandard.violations(pod)).anyMatch(found -> found.startsWith(violation.control()));
    }
}
