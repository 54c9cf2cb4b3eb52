package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A credential that is one key of a Secret. */
public record SecretCredential(
        @JsonPropertyDescription(
                "The key of a Secret in the job's namespace that holds it. The Secret may come later: the job waits for it.")
        @Required
        KeyRef secretKeyRef) {}
