package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A ~/.claude in a Secret. */
public record ClaudeHomeCredential(
        @JsonPropertyDescription(
                "The Secret in the job's namespace. Its key .credentials.json has the token; settings.json and CLAUDE.md, if"
                        + " there, are the agent's. The Secret may come later: the job waits for it.")
        @Required
        SecretRef secretRef) {}
