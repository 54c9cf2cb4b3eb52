package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Labels and annotations of the Pod. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodTemplateMetadata(
        @JsonPropertyDescription("Labels added to the Pod.")
        @ValidationRule(
                value = "self.all(k, !k.contains('claudejob.dev/') && k != 'app.kubernetes.io/managed-by')",
                message = "labels of claudejob.dev/ and app.kubernetes.io/managed-by are reserved")
        @Nullable
        Map<String, String> labels,

        @JsonPropertyDescription("Annotations added to the Pod.")
        @ValidationRule(
                value =
                        "self.all(k, !k.contains('claudejob.dev/') && !k.contains('seccomp') && !k.contains('apparmor'))",
                message = "annotations of claudejob.dev/, seccomp and AppArmor are reserved")
        @Nullable
        Map<String, String> annotations) {}
