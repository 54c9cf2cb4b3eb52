package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where the agent's container sees a volume of the template. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TemplateVolumeMount(
        @JsonPropertyDescription("The volume's name.") @Required @Size(min = 1, max = 63)
        String name,

        @JsonPropertyDescription(
                "The directory it appears at. /workspace, /tmp and /home/claude themselves are taken; a directory below them is"
                        + " fine.")
        @Required
        @Size(max = 512)
        @ValidationRule(
                value = "self.matches(r'^/[^\\p{C}:]*[^\\p{C}:/]$') && !self.matches('//|/[.][.]?(/|$)')",
                message = "mountPath must be an absolute path with no '.', '..', '//' or ':' and no '/' at its end")
        @ValidationRule(
                value = "!self.matches('^/(claudejob[^/]*|go|prompt|proc|sys|dev)(/|$)')"
                        + " && !self.matches('^/(workspace|tmp|home|home/claude)$')",
                message = "this mountPath is reserved: choose a directory of its own, such as /workspace/data or /data")
        String mountPath,

        @JsonPropertyDescription("A path inside the volume, instead of its root.")
        @Size(max = 512)
        @ValidationRule(
                value = "!self.matches(r'^/|(^|/)[.][.](/|$)|\\p{C}')",
                message = "subPath must be a relative path with no '..' and no control character")
        @Nullable
        String subPath,

        @JsonPropertyDescription("Whether the agent may only read it. False by default.") @Nullable
        Boolean readOnly) {}
