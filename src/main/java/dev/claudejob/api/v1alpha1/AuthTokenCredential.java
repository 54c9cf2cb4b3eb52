package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A bearer token for a gateway that speaks the Messages API. */
public record AuthTokenCredential(
        @JsonPropertyDescription(
                "The key of a Secret in the job's namespace that holds it. The Secret may come later: the job waits for it.")
        @Required
        KeyRef secretKeyRef,

        @JsonPropertyDescription(
                "The gateway, by its name in the install's config.upstreams: whoever runs the operator decides which there are.")
        @Required
        @Size(max = 63)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
                message = "upstream is a name from the install's config.upstreams, not a URL")
        String upstream) {}
