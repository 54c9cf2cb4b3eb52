package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.AgentEnv;
import dev.claudejob.api.v1alpha1.AgentEnvSource;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.GitWorkspace;
import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.api.v1alpha1.PodTemplate;
import dev.claudejob.api.v1alpha1.TemplateVolume;
import dev.claudejob.api.v1alpha1.TemplateVolumeMount;
import dev.claudejob.claude.CommandLine;
import dev.claudejob.claude.Scripts;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The container of the agent, and the init container that fills its workspace. Both run the same image as the same user. */
final class AgentContainer {
    private static final String HOME = "/home/claude";
    private static final String WORKSPACE = "/workspace";
    private static final String PROMPT_DIR = "/prompt";
    private static final String PROMPT_FILE = "prompt";
    private static final String PROMPT_VOLUME = "claudejob-prompt";
    private static final String WORKSPACE_VOLUME = "claudejob-workspace";

    private static final String KEY_VOLUME = "claudejob-key";

    private final PodSettings settings;
    private final ClaudeJobSpec spec;
    private final Credentials credentials;
    private final Allowance allowance;
    private final WayOut wayOut;

    AgentContainer(PodSettings settings, ClaudeJobSpec spec, Credentials credentials, Allowance allowance) {
        this.settings = settings;
        this.spec = spec;
        this.credentials = credentials;
        this.allowance = allowance;
        this.wayOut = new WayOut(settings);
    }

    Container build() {
        return container(PodNames.CLAUDE_CONTAINER)
                .withCommand("/bin/sh", "-c", Containers.literal(Scripts.run()), "claudejob")
                .withArgs(arguments().stream().map(Containers::literal).toList())
                .withEnv(environment())
                // What Claude Code says of a bad flag or a crash goes to its log only.
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                // The helper answers for it: has the agent been let start? It delays nothing, never gives up, and ends
                // with its success.
                .withNewStartupProbe()
                .withNewHttpGet()
                .withPath("/startedz")
                .withNewPort(HelperContainer.PROBE_PORT)
                .endHttpGet()
                .withPeriodSeconds(1)
                .withTimeoutSeconds(2)
                .withFailureThreshold(Integer.MAX_VALUE)
                .endStartupProbe()
                .withVolumeMounts(mounts())
                .build();
    }

    private List<String> arguments() {
        List<String> arguments = new ArrayList<>(CommandLine.of(spec, allowance.maxBudgetUSD()));
        if (!credentials.first().managedByHost()) {
            // A repository's settings are not read at all; nor is, with this Claude Code, its CLAUDE.md.
            arguments.add("--setting-sources=user");
        }
        return arguments;
    }

    /** Clones the repository of workspace.git. */
    Optional<Container> workspaceContainer() {
        GitWorkspace git = spec.workspace() == null ? null : spec.workspace().git();
        if (git == null) {
            return Optional.empty();
        }
        List<EnvVar> env = new ArrayList<>(baseEnvironment());
        env.addAll(wayOut.cloneEnvironment());
        env.add(Containers.env("CLAUDEJOB_GIT_URL", git.url()));
        env.add(Containers.env("CLAUDEJOB_GIT_REF", Objects.requireNonNullElse(git.ref(), "HEAD")));
        env.add(Containers.env("CLAUDEJOB_GIT_DEPTH", Integer.toString(Objects.requireNonNullElse(git.depth(), 1))));
        return Optional.of(container(PodNames.WORKSPACE_CONTAINER)
                .withCommand("/bin/sh", "-c", Containers.literal(Scripts.checkOut()), "claudejob")
                .withEnv(env)
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withVolumeMounts(
                        Containers.mount("claudejob-home", HOME),
                        Containers.mount("claudejob-tmp", "/tmp"),
                        Containers.mount(WORKSPACE_VOLUME, WORKSPACE))
                .addAllToVolumeMounts(wayOut.mounts())
                .build());
    }

    private ContainerBuilder container(String name) {
        PodTemplate template = spec.template();
        String image = template == null ? null : template.image();
        String policy = template == null || template.imagePullPolicy() == null
                ? null
                : template.imagePullPolicy().name();
        ResourceRequirements resources = template == null ? null : template.resources();
        return new ContainerBuilder()
                .withName(name)
                .withImage(Objects.requireNonNullElse(image, settings.runner().image()))
                // A job's own image is pulled as Kubernetes would by default, unless it says otherwise.
                .withImagePullPolicy(
                        policy != null || image != null
                                ? policy
                                : settings.runner().imagePullPolicy())
                .withWorkingDir(WORKSPACE)
                .withResources(
                        Objects.requireNonNullElse(resources, settings.runner().resources()))
                .withSecurityContext(Containers.hardened(
                        settings.users().claude(), settings.users().group()));
    }

    private List<EnvVar> environment() {
        List<EnvVar> env = new ArrayList<>(userEnvironment());
        env.addAll(baseEnvironment());
        env.addAll(wayOut.agentEnvironment());
        // Without these Claude Code calls its vendor directly, some calls with the credential.
        env.add(Containers.env("DISABLE_AUTOUPDATER", "1"));
        env.add(Containers.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"));
        Credentials.Use use = credentials.first();
        if (use.managedByHost()) {
            // With this the settings of a repository, or those that the agent writes, choose neither the service nor
            // its URL, credential or proxy.
            env.add(Containers.env("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "1"));
        }
        env.addAll(credentialEnvironment(use));
        // The wrapper takes what the image sets of the reserved variables out of Claude Code's environment.
        env.add(Containers.env(
                "CLAUDEJOB_KEEP",
                String.join(" ", env.stream().map(EnvVar::getName).toList())));
        if (!credentials.byHelper()) {
            env.add(Containers.env("CLAUDEJOB_DELIVERY", "Env"));
        }
        if (use.fixesCloud()) {
            env.add(Containers.env("CLAUDEJOB_CLOUD", "1"));
        }
        return env;
    }

    private List<EnvVar> credentialEnvironment(Credentials.Use use) {
        Map<String, String> plain = new LinkedHashMap<>(use.variables());
        if (credentials.byHelper()) {
            plain.putAll(use.kind().helperEnvironment("http://" + Containers.HELPER_ADDRESS));
        } else if (!use.ownUpstream()) {
            plain.putAll(use.kind().baseUrl(use.upstream()));
        }
        List<EnvVar> env = new ArrayList<>();
        plain.forEach((name, value) -> env.add(Containers.env(name, value)));
        if (!credentials.byHelper()) {
            use.secretVariables().forEach((name, secret) -> env.add(fromSecret(name, secret)));
        }
        return env;
    }

    private static List<EnvVar> baseEnvironment() {
        return List.of(
                Containers.env("HOME", HOME),
                Containers.env("TMPDIR", "/tmp"),
                // The volume's root belongs to root: git would refuse to work in it.
                Containers.env("GIT_CONFIG_COUNT", "1"),
                Containers.env("GIT_CONFIG_KEY_0", "safe.directory"),
                Containers.env("GIT_CONFIG_VALUE_0", WORKSPACE));
    }

    private List<EnvVar> userEnvironment() {
        List<AgentEnv> wanted = spec.agent() == null ? null : spec.agent().env();
        return wanted == null
                ? List.of()
                : wanted.stream().map(AgentContainer::userVariable).toList();
    }

    private static EnvVar userVariable(AgentEnv variable) {
        AgentEnvSource from = variable.valueFrom();
        if (from == null) {
            return Containers.env(variable.name(), Objects.requireNonNullElse(variable.value(), ""));
        }
        KeyRef configMap = from.configMapKeyRef();
        if (configMap != null) {
            return new EnvVarBuilder()
                    .withName(variable.name())
                    .withNewValueFrom()
                    .withNewConfigMapKeyRef(configMap.key(), configMap.name(), false)
                    .endValueFrom()
                    .build();
        }
        return fromSecret(variable.name(), Objects.requireNonNull(from.secretKeyRef()));
    }

    private static EnvVar fromSecret(String name, KeyRef secret) {
        return new EnvVarBuilder()
                .withName(name)
                .withNewValueFrom()
                .withNewSecretKeyRef(secret.key(), secret.name(), false)
                .endValueFrom()
                .build();
    }

    private List<VolumeMount> mounts() {
        List<VolumeMount> mounts = new ArrayList<>(List.of(
                Containers.mount("claudejob-home", HOME),
                Containers.mount("claudejob-tmp", "/tmp"),
                Containers.mount(WORKSPACE_VOLUME, WORKSPACE),
                Containers.mount(Containers.SHARED_VOLUME, Containers.SHARED_DIR),
                Containers.mountReadOnly(Containers.GO_VOLUME, Containers.GO_DIR),
                Containers.mountReadOnly(PROMPT_VOLUME, PROMPT_DIR)));
        if (keyFile().isPresent()) {
            mounts.add(Containers.mountReadOnly(KEY_VOLUME, Credentials.Use.KEY_DIR));
        }
        mounts.addAll(wayOut.mounts());
        for (TemplateVolumeMount mount : templateMounts(spec.template())) {
            mounts.add(new VolumeMountBuilder()
                    .withName(mount.name())
                    .withMountPath(mount.mountPath())
                    .withSubPath(mount.subPath())
                    .withReadOnly(mount.readOnly())
                    .build());
        }
        return mounts;
    }

    private static List<TemplateVolumeMount> templateMounts(@Nullable PodTemplate template) {
        return template == null ? List.of() : Objects.requireNonNullElse(template.volumeMounts(), List.of());
    }

    private Optional<KeyRef> keyFile() {
        return credentials.byHelper()
                ? Optional.empty()
                : Optional.ofNullable(credentials.first().keyFile());
    }

    List<Volume> volumes() {
        List<Volume> volumes = new ArrayList<>(List.of(
                Containers.emptyDir("claudejob-home", null),
                Containers.emptyDir("claudejob-tmp", null),
                Containers.emptyDir(WORKSPACE_VOLUME, null),
                Containers.emptyDir(Containers.SHARED_VOLUME, "1Gi"),
                promptVolume()));
        keyFile()
                .ifPresent(key -> volumes.add(new VolumeBuilder()
                        .withName(KEY_VOLUME)
                        .withNewSecret()
                        .withSecretName(key.name())
                        .withDefaultMode(0440)
                        .addNewItem()
                        .withKey(key.key())
                        .withPath(Credentials.Use.KEY_NAME)
                        .endItem()
                        .endSecret()
                        .build()));
        volumes.addAll(wayOut.volumes());
        PodTemplate template = spec.template();
        if (template != null && template.volumes() != null) {
            template.volumes().forEach(v -> volumes.add(templateVolume(v)));
        }
        return volumes;
    }

    /** A file: the kubelet expands $(NAME) in arguments and variables, and one of these is at most 128 KiB long. */
    private Volume promptVolume() {
        VolumeBuilder volume = new VolumeBuilder().withName(PROMPT_VOLUME);
        if (spec.promptFrom() == null) {
            return volume.withNewDownwardAPI()
                    .addNewItem()
                    .withPath(PROMPT_FILE)
                    .withNewFieldRef("v1", "metadata.annotations['" + PodNames.PROMPT_ANNOTATION + "']")
                    .endItem()
                    .endDownwardAPI()
                    .build();
        }
        KeyRef configMap = spec.promptFrom().configMapKeyRef();
        if (configMap != null) {
            return volume.withNewConfigMap()
                    .withName(configMap.name())
                    .addNewItem()
                    .withKey(configMap.key())
                    .withPath(PROMPT_FILE)
                    .endItem()
                    .endConfigMap()
                    .build();
        }
        KeyRef secret = Objects.requireNonNull(spec.promptFrom().secretKeyRef());
        return volume.withNewSecret()
                .withSecretName(secret.name())
                .withDefaultMode(0440)
                .addNewItem()
                .withKey(secret.key())
                .withPath(PROMPT_FILE)
                .endItem()
                .endSecret()
                .build();
    }

    private static Volume templateVolume(TemplateVolume volume) {
        return new VolumeBuilder()
                .withName(volume.name())
                .withEmptyDir(volume.emptyDir())
                .withConfigMap(volume.configMap())
                .withPersistentVolumeClaim(volume.persistentVolumeClaim())
                .withEphemeral(volume.ephemeral())
                .build();
    }
}
