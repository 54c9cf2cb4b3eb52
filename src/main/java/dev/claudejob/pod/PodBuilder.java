package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.PodTemplate;
import dev.claudejob.api.v1alpha1.PodTemplateMetadata;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Pod of an attempt. Whatever the job's template says, Pod Security Standard {@code restricted} admits it; only the helper mounts the
 * credential, unless the job asks for delivery Env.
 */
public final class PodBuilder {
    /** Long enough for an interrupted agent to write its result. */
    private static final long GRACE_SECONDS = 30;

    private final PodSettings settings;

    public PodBuilder(PodSettings settings) {
        this.settings = settings;
    }

    /**
     * Builds the gated Pod of attempt {@code attempt} of {@code job}.
     *
     * @param usable positions in spec.credentials that it may use, the one to begin with first
     */
    public Pod build(ClaudeJob job, int attempt, List<Integer> usable) {
        ClaudeJobSpec spec = job.getSpec();
        PodTemplate template = spec.template();
        List<Integer> together = Credentials.together(spec, usable);
        Credentials credentials = Credentials.of(spec, settings.upstreams(), together);
        Allowance allowance = Allowance.of(job);
        AgentContainer agent = new AgentContainer(settings, spec, credentials, allowance);
        HelperContainer helper = new HelperContainer(settings, credentials, allowance);

        PodSpecBuilder pod = new PodSpecBuilder()
                .withRestartPolicy("Never")
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withShareProcessNamespace(false)
                .withTerminationGracePeriodSeconds(GRACE_SECONDS)
                .withSecurityContext(new PodSecurityContextBuilder()
                        .withRunAsNonRoot(true)
                        .withRunAsUser(settings.users().claude())
                        .withRunAsGroup(settings.users().group())
                        .withFsGroup(settings.users().group())
                        .withFsGroupChangePolicy("OnRootMismatch")
                        .withNewSeccompProfile()
                        .withType("RuntimeDefault")
                        .endSeccompProfile()
                        .build())
                .addNewSchedulingGate(PodNames.START_GATE)
                .addToInitContainers(helper.build())
                .addAllToInitContainers(agent.workspaceContainer().stream().toList())
                .addToContainers(agent.build())
                .addAllToVolumes(helper.volumes())
                .addAllToVolumes(agent.volumes())
                .withImagePullSecrets(pullSecrets(template));
        if (template != null) {
            pod.withNodeSelector(template.nodeSelector())
                    .withTolerations(template.tolerations())
                    .withAffinity(template.affinity())
                    .withTopologySpreadConstraints(template.topologySpreadConstraints())
                    .withRuntimeClassName(template.runtimeClassName())
                    .withPriorityClassName(template.priorityClassName())
                    .withServiceAccountName(template.serviceAccountName());
        }
        if (pod.getServiceAccountName() == null
                && credentials.ordered().stream().anyMatch(use -> use.federation() != null)) {
            // What an apiserver would fill in by itself, if its admission plug-in for ServiceAccounts is on; a token
            // needs it.
            pod.withServiceAccountName("default");
        }
        return new io.fabric8.kubernetes.api.model.PodBuilder()
                .withNewMetadata()
                .withName(PodNames.podName(
                        job.getMetadata().getName(), job.getMetadata().getUid(), attempt))
                .withNamespace(job.getMetadata().getNamespace())
                .withLabels(labels(job, attempt))
                .withAnnotations(annotations(job, together, credentials))
                .withFinalizers(PodNames.RESULT_FINALIZER)
                .withOwnerReferences(owner(job))
                .endMetadata()
                .withSpec(pod.build())
                .build();
    }

    /** What a Pod of this attempt is known by: its labels and its owner. */
    public static ObjectMeta identity(ClaudeJob job, int attempt) {
        return new ObjectMetaBuilder()
                .withLabels(labels(job, attempt))
                .withOwnerReferences(owner(job))
                .build();
    }

    private static OwnerReference owner(ClaudeJob job) {
        return new OwnerReferenceBuilder()
                .withApiVersion(ClaudeJob.API_VERSION)
                .withKind("ClaudeJob")
                .withName(job.getMetadata().getName())
                .withUid(job.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }

    private static Map<String, String> labels(ClaudeJob job, int attempt) {
        Map<String, String> labels = new LinkedHashMap<>();
        PodTemplateMetadata metadata = metadata(job.getSpec());
        if (metadata != null && metadata.labels() != null) {
            labels.putAll(metadata.labels());
        }
        labels.put(PodNames.MANAGED_BY_LABEL, PodNames.MANAGED_BY);
        labels.put(PodNames.JOB_NAME_LABEL, job.getMetadata().getName());
        labels.put(PodNames.JOB_UID_LABEL, job.getMetadata().getUid());
        labels.put(PodNames.ATTEMPT_LABEL, Integer.toString(attempt));
        return labels;
    }

    private static Map<String, String> annotations(ClaudeJob job, List<Integer> together, Credentials credentials) {
        ClaudeJobSpec spec = job.getSpec();
        Map<String, String> annotations = new LinkedHashMap<>();
        // A running agent is not to be moved for tidiness: it would start again, and be paid again.
        annotations.put("cluster-autoscaler.kubernetes.io/safe-to-evict", "false");
        annotations.put("karpenter.sh/do-not-disrupt", "true");
        PodTemplateMetadata metadata = metadata(spec);
        if (metadata != null && metadata.annotations() != null) {
            annotations.putAll(metadata.annotations());
        }
        annotations.put("kubectl.kubernetes.io/default-container", PodNames.HELPER_CONTAINER);
        annotations.put(
                PodNames.GENERATION_ANNOTATION, String.valueOf(job.getMetadata().getGeneration()));
        annotations.put(
                PodNames.CREDENTIALS_ANNOTATION,
                together.stream().map(String::valueOf).collect(Collectors.joining(",")));
        annotations.put(PodNames.CREDENTIAL_ANNOTATION, credentials.first().name());
        if (spec.prompt() != null) {
            annotations.put(PodNames.PROMPT_ANNOTATION, spec.prompt());
        }
        return annotations;
    }

    private static @Nullable PodTemplateMetadata metadata(ClaudeJobSpec spec) {
        return spec.template() == null ? null : spec.template().metadata();
    }

    private List<LocalObjectReference> pullSecrets(@Nullable PodTemplate template) {
        List<LocalObjectReference> ofJob =
                template == null ? List.of() : Objects.requireNonNullElse(template.imagePullSecrets(), List.of());
        Stream<LocalObjectReference> ofInstall =
                settings.helper().imagePullSecrets().stream().map(LocalObjectReference::new);
        return new ArrayList<>(
                Stream.concat(ofJob.stream(), ofInstall).distinct().toList());
    }
}
