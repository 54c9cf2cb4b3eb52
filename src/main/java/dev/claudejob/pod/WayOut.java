package dev.claudejob.pod;

import dev.claudejob.pod.PodSettings.Egress;
import dev.claudejob.pod.PodSettings.TrustBundle;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The install's proxy and authorities, as each container of a Pod is told of them. */
final class WayOut {
    private static final String VOLUME = "claudejob-trust";
    private static final String DIR = "/claudejob-trust";
    private static final String CA_FILE = DIR + "/ca.crt";

    private final Egress egress;
    private final @Nullable TrustBundle bundle;

    WayOut(PodSettings settings) {
        this.egress = settings.egress();
        this.bundle = settings.trustBundle();
    }

    List<EnvVar> helperEnvironment() {
        return environment(
                "CLAUDEJOB_HTTPS_PROXY", "CLAUDEJOB_NO_PROXY", "CLAUDEJOB_CA_FILE", String.join(",", egress.noProxy()));
    }

    /** As Claude Code and most of the tools it runs read it. */
    List<EnvVar> agentEnvironment() {
        return environment("HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", direct());
    }

    /** As git reads the proxy, and {@code clone.sh} the authorities: git would take them in place of the public ones. */
    List<EnvVar> cloneEnvironment() {
        return environment("HTTPS_PROXY", "NO_PROXY", "CLAUDEJOB_CA_FILE", direct());
    }

    List<VolumeMount> mounts() {
        return bundle == null ? List.of() : List.of(Containers.mountReadOnly(VOLUME, DIR));
    }

    List<Volume> volumes() {
        return bundle == null
                ? List.of()
                // Not optional: a Pod that can't trust its upstream waits, and says for which ConfigMap.
                : List.of(new VolumeBuilder()
                        .withName(VOLUME)
                        .withNewConfigMap()
                        .withName(bundle.configMapName())
                        .withDefaultMode(0444)
                        .addNewItem()
                        .withKey(bundle.key())
                        .withPath("ca.crt")
                        .endItem()
                        .endConfigMap()
                        .build());
    }

    /** The helper listens on loopback, and a client may take HTTPS_PROXY for plain http too. */
    private String direct() {
        return Stream.concat(Stream.of("127.0.0.1", "localhost"), egress.noProxy().stream())
                .reduce((a, b) -> a + "," + b)
                .orElseThrow();
    }

    private List<EnvVar> environment(String proxy, String noProxy, String caFile, String direct) {
        List<EnvVar> environment = new ArrayList<>();
        if (egress.httpsProxy() != null) {
            environment.add(Containers.env(proxy, egress.httpsProxy()));
            environment.add(Containers.env(noProxy, direct));
        }
        if (bundle != null) {
            environment.add(Containers.env(caFile, CA_FILE));
        }
        return environment;
    }
}
