package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Labels and annotations of the Pod. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodTemplateMetadata(
        @JsonPropertyDescription("Labels added to the Pod.")
        @Size(max = 64)
        @ValidationRule(
                value =
                        "self.all(k, k.matches('^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$')"
                                + " && self[k].matches('^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$'))",
                message =
                        "labels must have keys and values that Kubernetes takes: letters, digits, '-', '_' and '.', a key"
                                + " with an optional prefix and '/'")
        @ValidationRule(
                value = "self.all(k, !k.contains('claudejob.dev/') && k != 'app.kubernetes.io/managed-by')",
                message = "labels of claudejob.dev/ and app.kubernetes.io/managed-by are reserved")
        @Nullable
        Map<String, @Size(max = 63) String> labels,

        @JsonPropertyDescription("Annotations added to the Pod.")
        @Size(max = 64)
        @ValidationRule(
                value =
                        "self.all(k, k.matches('^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))",
                message = "annotations must have keys that Kubernetes takes: letters, digits, '-', '_' and '.', with an"
                        + " optional prefix and '/'")
        @ValidationRule(
                value = "self.all(k, !k.matches('claudejob[.]dev/|seccomp|apparmor|cri-o|nri[.]io'))",
                message =
                        "annotations of claudejob.dev/, seccomp, AppArmor, CRI-O and NRI are reserved: they would change"
                                + " the Pod's security")
        @Nullable
        Map<String, @Size(max = 16384) String> annotations) {}
