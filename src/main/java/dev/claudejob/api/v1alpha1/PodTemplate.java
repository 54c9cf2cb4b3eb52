package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What may be changed of the Pod, and no more: its security is not for a job to choose. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!has(self.volumeMounts) || self.volumeMounts.all(m, has(self.volumes)"
                + " && self.volumes.exists(v, v.name == m.name))",
        message = "each of volumeMounts must name one of template.volumes")
public record PodTemplate(
        @JsonPropertyDescription("Labels and annotations added to the Pod.") @Nullable
        PodTemplateMetadata metadata,

        @JsonPropertyDescription(
                "The image of the agent's container, instead of the install's. It needs /bin/sh, coreutils and claude on its"
                        + " PATH; git too, for workspace.git.")
        @Size(max = 1024)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9][!-~]*$')",
                message = "image must be an image's reference, such as registry.example/claude:1.2, with no space")
        @Nullable
        String image,

        @JsonPropertyDescription("When the image is pulled, as in a container of a Pod.") @Nullable
        ImagePullPolicy imagePullPolicy,

        @JsonPropertyDescription("Secrets of the job's namespace to pull the image with.") @Size(max = 8) @Nullable
        List<LocalObjectReference> imagePullSecrets,

        @JsonPropertyDescription(
                "CPU, memory and ephemeral storage of the agent's container, instead of the install's. A fraction is written as"
                        + " 500m or in quotes.")
        @Nullable
        ResourceRequirements resources,

        @JsonPropertyDescription("Labels that a node must have.") @Nullable
        Map<String, String> nodeSelector,

        @JsonPropertyDescription("Taints that are tolerated.") @Size(max = 32) @Nullable
        List<Toleration> tolerations,

        @JsonPropertyDescription("Scheduling rules, as in a Pod.") @Nullable
        Affinity affinity,

        @JsonPropertyDescription("How to spread over zones or nodes, as in a Pod.") @Size(max = 8) @Nullable
        List<TopologySpreadConstraint> topologySpreadConstraints,

        @JsonPropertyDescription("The RuntimeClass of the Pod, for example a sandboxed one.")
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message = "runtimeClassName must be a RuntimeClass's name: lower-case letters, digits, '-' and '.'")
        @Nullable
        String runtimeClassName,

        @JsonPropertyDescription("The PriorityClass of the Pod.")
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message = "priorityClassName must be a PriorityClass's name: lower-case letters, digits, '-' and '.'")
        @Nullable
        String priorityClassName,

        @JsonPropertyDescription("The ServiceAccount of the Pod. Its token is never mounted.")
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message = "serviceAccountName must be a ServiceAccount's name: lower-case letters, digits, '-' and '.'")
        @Nullable
        String serviceAccountName,

        @JsonPropertyDescription("More volumes for the agent's container.")
        @Size(max = 16)
        @ValidationRule(
                value = "self.all(v, !v.name.startsWith('claudejob-'))",
                message = "names of volumes that begin with claudejob- are reserved")
        @Nullable
        List<TemplateVolume> volumes,

        @JsonPropertyDescription("Where the agent's container sees these volumes.") @Size(max = 32) @Nullable
        List<TemplateVolumeMount> volumeMounts) {}
