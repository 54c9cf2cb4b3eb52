package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ConfigMapVolumeSource;
import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.EphemeralVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimVolumeSource;
import org.jspecify.annotations.Nullable;

/** A volume of the kinds that need no trust: no Secret, no host path, no projected token. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "[has(self.emptyDir), has(self.configMap), has(self.persistentVolumeClaim), has(self.ephemeral)]"
                + ".filter(x, x).size() == 1",
        message = "each volume sets exactly one of emptyDir, configMap, persistentVolumeClaim and ephemeral")
public record TemplateVolume(
        @JsonPropertyDescription("The volume's name.")
        @Required
        @Size(max = 63)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "a volume's name is lower-case letters, digits and '-', as in a Pod")
        String name,

        @JsonPropertyDescription("An empty directory that lives as long as the Pod.") @Nullable
        EmptyDirVolumeSource emptyDir,

        @JsonPropertyDescription("Files from a ConfigMap of the job's namespace.") @Nullable
        ConfigMapVolumeSource configMap,

        @JsonPropertyDescription("A PersistentVolumeClaim of the job's namespace.") @Nullable
        PersistentVolumeClaimVolumeSource persistentVolumeClaim,

        @JsonPropertyDescription("A volume that is provisioned for the Pod and deleted with it.") @Nullable
        EphemeralVolumeSource ephemeral) {}
