package dev.claudejob.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.claudejob.pod.PodSettings.Egress;
import dev.claudejob.pod.PodSettings.TrustBundle;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The install's proxy and authorities in a job's Pod. */
class WayOutTest {
    private static final Egress PROXY = new Egress("http://proxy.example:3128", List.of(".svc", "10.0.0.0/8"));
    private static final TrustBundle BUNDLE = new TrustBundle("corporate", "root.pem");

    private static Pod pod(String job, Egress egress, @Nullable TrustBundle bundle) {
        PodSettings settings = new PodSettings(
                PodStory.SETTINGS.runner(),
                PodStory.SETTINGS.helper(),
                PodStory.SETTINGS.users(),
                Upstreams.DEFAULT,
                egress,
                bundle,
                PodStory.SETTINGS.workloadIdentity());
        return new PodBuilder(settings)
                .build(Jobs.job("workspace: {git: {url: 'https://h/r.git'}}\n" + job), 1, List.of(0));
    }

    private static Container container(Pod pod, String name) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
                .filter(container -> container.getName().equals(name))
                .findAny()
                .orElseThrow();
    }

    private static Map<String, String> env(Pod pod, String name) {
        return container(pod, name).getEnv().stream()
                .collect(Collectors.toMap(EnvVar::getName, v -> Objects.requireNonNullElse(v.getValue(), "")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Helper", "Env"})
    void everyContainerIsToldOfTheProxyAndTheAgentStillReachesTheHelper(String delivery) {
        Pod pod = pod("credentialDelivery: " + delivery, PROXY, null);
        assertThat(env(pod, "helper"))
                .contains(
                        entry("CLAUDEJOB_HTTPS_PROXY", "http://proxy.example:3128"),
                        entry("CLAUDEJOB_NO_PROXY", ".svc,10.0.0.0/8"))
                .doesNotContainKey("CLAUDEJOB_CA_FILE");
        for (String name : List.of("claude", "workspace")) {
            assertThat(env(pod, name))
                    .as(name)
                    .contains(
                            entry("HTTPS_PROXY", "http://proxy.example:3128"),
                            entry("NO_PROXY", "127.0.0.1,localhost,.svc,10.0.0.0/8"))
                    .doesNotContainKeys("NODE_EXTRA_CA_CERTS", "CLAUDEJOB_CA_FILE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Helper", "Env"})
    void everyContainerGetsTheAuthoritiesAndAPodWithoutTheirConfigMapWaits(String delivery) {
        Pod pod = pod("credentialDelivery: " + delivery, new Egress(null, List.of()), BUNDLE);
        Volume volume = pod.getSpec().getVolumes().stream()
                .filter(v -> v.getName().equals("claudejob-trust"))
                .findAny()
                .orElseThrow();
        assertThat(volume.getConfigMap().getName()).isEqualTo("corporate");
        assertThat(volume.getConfigMap().getOptional()).isNull();
        assertThat(volume.getConfigMap().getItems().getFirst().getKey()).isEqualTo("root.pem");
        String file = "/claudejob-trust/"
                + volume.getConfigMap().getItems().getFirst().getPath();
        Map.of("helper", "CLAUDEJOB_CA_FILE", "workspace", "CLAUDEJOB_CA_FILE", "claude", "NODE_EXTRA_CA_CERTS")
                .forEach((name, variable) -> {
                    assertThat(env(pod, name)).contains(entry(variable, file)).doesNotContainKey("HTTPS_PROXY");
                    assertThat(container(pod, name).getVolumeMounts())
                            .filteredOn(mount -> mount.getName().equals("claudejob-trust"))
                            .singleElement()
                            .matches(VolumeMount::getReadOnly);
                });
    }

    @Test
    void anInstallThatSaysNothingAddsNothing() {
        Pod pod = pod("", new Egress(null, List.of(".svc")), null);
        assertThat(pod.getSpec().getVolumes()).extracting(Volume::getName).doesNotContain("claudejob-trust");
        for (String name : List.of("helper", "claude", "workspace")) {
            assertThat(env(pod, name).keySet()).noneMatch(variable -> variable.contains("PROXY"));
        }
    }

    @Test
    void aJobsOwnVariablesCanNotTurnTheTrafficElsewhere() {
        List<EnvVar> env = container(pod("agent: {env: [{name: A, value: x}]}", PROXY, BUNDLE), "claude")
                .getEnv();
        assertThat(env.getFirst().getName()).as("ours come later, and win").isEqualTo("A");
    }
}
