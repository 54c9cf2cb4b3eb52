package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A tool that the agent wanted to use and was not allowed to. */
public record PermissionDenial(
        @JsonPropertyDescription("The tool's name.") @Required
        String tool,

        @JsonPropertyDescription("How often it was denied.") @Required
        int count) {}
