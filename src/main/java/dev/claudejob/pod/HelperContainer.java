package dev.claudejob.pod;

import dev.claudejob.summary.Json;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The native sidecar that holds the credentials, and tells the operator how the run ended. */
final class HelperContainer {
    static final int PROBE_PORT = 8788;
    private static final String STATE_VOLUME = "claudejob-state";
    private static final String STATE_DIR = "/state";
    // Not with the counts: what large requests take on disk, up to 256 MiB, is over what the counts may take, and such
    // a Pod is evicted.
    private static final String SPOOL_VOLUME = "claudejob-helper-tmp";
    private static final String SPOOL_DIR = "/tmp";

    private final PodSettings settings;
    private final Credentials credentials;
    private final Allowance allowance;
    private final WayOut wayOut;

    HelperContainer(PodSettings settings, Credentials credentials, Allowance allowance) {
        this.settings = settings;
        this.credentials = credentials;
        this.allowance = allowance;
        this.wayOut = new WayOut(settings);
    }

    Container build() {
        PodSettings.Helper helper = settings.helper();
        return new ContainerBuilder()
                .withName(PodNames.HELPER_CONTAINER)
                .withImage(helper.image())
                .withImagePullPolicy(helper.imagePullPolicy())
                .withCommand("/opt/claudejob/bin/helper")
                .withRestartPolicy("Always")
                .withEnv(environment())
                .addAllToEnv(wayOut.helperEnvironment())
                // No startup probe: it would hold up the agent. Readiness tells whether there is a credential.
                .withNewReadinessProbe()
                .withNewHttpGet()
                .withPath("/readyz")
                .withNewPort(PROBE_PORT)
                .endHttpGet()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(2)
                .withFailureThreshold(1)
                .endReadinessProbe()
                // A helper that hangs is started again, and goes on counting where it was. It has had half a minute: on
                // a busy node nobody is quick.
                .withNewLivenessProbe()
                .withNewHttpGet()
                .withPath("/healthz")
                .withNewPort(PROBE_PORT)
                .endHttpGet()
                .withPeriodSeconds(5)
                .withTimeoutSeconds(5)
                .withFailureThreshold(6)
                .withTerminationGracePeriodSeconds(5L)
                .endLivenessProbe()
                .withResources(helper.resources())
                .withSecurityContext(Containers.hardened(
                        settings.users().helper(), settings.users().group()))
                .withVolumeMounts(mounts())
                .build();
    }

    private List<EnvVar> environment() {
        List<EnvVar> env = new ArrayList<>(List.of(
                Containers.env("CLAUDEJOB_CREDENTIALS", Json.write(heldCredentials())),
                Containers.env("CLAUDEJOB_LISTEN", Containers.HELPER_ADDRESS),
                Containers.env("CLAUDEJOB_PROBE_PORT", Integer.toString(PROBE_PORT)),
                Containers.env(
                        "CLAUDEJOB_HOLD_SECONDS",
                        Integer.toString(settings.helper().holdSeconds())),
                Containers.env(
                        "CLAUDEJOB_FAILOVER_SECONDS",
                        Integer.toString(settings.helper().failoverSeconds())),
                Containers.env("CLAUDEJOB_SHARED", Containers.SHARED_DIR),
                Containers.env("CLAUDEJOB_GO", Containers.GO_DIR + "/go"),
                Containers.env("CLAUDEJOB_STATE", STATE_DIR),
                Containers.env("CLAUDEJOB_SPOOL", SPOOL_DIR)));
        if (allowance.outputTokens() != null) {
            env.add(Containers.env(
                    "CLAUDEJOB_MAX_OUTPUT_TOKENS", allowance.outputTokens().toString()));
        }
        return env;
    }

    /** Under Env delivery the helper holds none: it only reports. */
    private List<Map<String, Object>> heldCredentials() {
        return held().stream().map(HeldCredential::entry).toList();
    }

    private List<HeldCredential> held() {
        List<Credentials.Use> uses = credentials.byHelper() ? credentials.ordered() : List.of();
        return IntStream.range(0, uses.size())
                .mapToObj(i -> new HeldCredential(i, uses.get(i)))
                .toList();
    }

    private List<VolumeMount> mounts() {
        List<VolumeMount> mounts = new ArrayList<>();
        mounts.add(Containers.mountReadOnly(Containers.SHARED_VOLUME, Containers.SHARED_DIR));
        mounts.add(Containers.mount(Containers.GO_VOLUME, Containers.GO_DIR));
        mounts.add(Containers.mount(STATE_VOLUME, STATE_DIR));
        mounts.add(Containers.mount(SPOOL_VOLUME, SPOOL_DIR));
        mounts.addAll(wayOut.mounts());
        held().forEach(one -> mounts.add(Containers.mountReadOnly(one.volumeName(), one.directory())));
        return mounts;
    }

    List<Volume> volumes() {
        List<Volume> volumes = new ArrayList<>();
        volumes.add(Containers.emptyDir(STATE_VOLUME, "16Mi"));
        volumes.add(Containers.emptyDir(SPOOL_VOLUME, "1Gi"));
        volumes.add(Containers.emptyDir(Containers.GO_VOLUME, "1Mi"));
        held().forEach(one -> volumes.add(one.volume(settings.workloadIdentity())));
        return volumes;
    }
}
