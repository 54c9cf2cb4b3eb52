package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.summary.Json;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The native sidecar that holds the credentials, and tells the operator how the run ended. */
final class HelperContainer {
    static final int PROBE_PORT = 8788;
    private static final String STATE_VOLUME = "claudejob-state";

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
                Containers.env("CLAUDEJOB_SHARED", Containers.SHARED_DIR),
                Containers.env("CLAUDEJOB_GO", Containers.GO_DIR + "/go"),
                Containers.env("CLAUDEJOB_STATE", "/state")));
        if (allowance.outputTokens() != null) {
            env.add(Containers.env(
                    "CLAUDEJOB_MAX_OUTPUT_TOKENS", allowance.outputTokens().toString()));
        }
        return env;
    }

    /** Under Env delivery the helper holds none: it only reports. */
    private List<Map<String, Object>> heldCredentials() {
        List<Map<String, Object>> held = new ArrayList<>();
        for (int i = 0; i < heldCount(); i++) {
            Credentials.Use use = credentials.ordered().get(i);
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("name", use.name());
            one.put("kind", use.kind().jsonName());
            one.put("file", directory(i) + "/token");
            one.put("upstream", use.upstream());
            held.add(one);
        }
        return held;
    }

    /** Only what is used is mounted; the order is there for failover. */
    private int heldCount() {
        return credentials.byHelper() ? 1 : 0;
    }

    private List<VolumeMount> mounts() {
        List<VolumeMount> mounts = new ArrayList<>();
        mounts.add(Containers.mountReadOnly(Containers.SHARED_VOLUME, Containers.SHARED_DIR));
        mounts.add(Containers.mount(Containers.GO_VOLUME, Containers.GO_DIR));
        mounts.add(Containers.mount(STATE_VOLUME, "/state"));
        mounts.add(Containers.mount("claudejob-helper-tmp", "/tmp"));
        mounts.addAll(wayOut.mounts());
        for (int i = 0; i < heldCount(); i++) {
            mounts.add(Containers.mountReadOnly(volume(i), directory(i)));
        }
        return mounts;
    }

    List<Volume> volumes() {
        List<Volume> volumes = new ArrayList<>();
        volumes.add(Containers.emptyDir(STATE_VOLUME, "16Mi"));
        volumes.add(Containers.emptyDir("claudejob-helper-tmp", "1Gi"));
        volumes.add(Containers.emptyDir(Containers.GO_VOLUME, "1Mi"));
        for (int i = 0; i < heldCount(); i++) {
            KeyRef held = held(credentials.ordered().get(i));
            volumes.add(new VolumeBuilder()
                    .withName(volume(i))
                    .withNewSecret()
                    .withSecretName(held.name())
                    // A Secret that comes late is waited for by the helper, visibly; the kubelet would only say so in
                    // an Event.
                    .withOptional(true)
                    .withDefaultMode(0440)
                    .addNewItem()
                    .withKey(held.key())
                    .withPath("token")
                    .endItem()
                    .endSecret()
                    .build());
        }
        return volumes;
    }

    private static KeyRef held(Credentials.Use use) {
        if (use.held() == null) {
            // The CRD refuses it.
            throw new IllegalArgumentException("credential " + use.name() + " can't be held by the helper");
        }
        return use.held();
    }

    private static String volume(int index) {
        return "claudejob-credential-" + index;
    }

    private static String directory(int index) {
        return "/credentials/" + index;
    }
}
