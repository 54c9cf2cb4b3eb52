package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Microsoft Foundry. */
public record FoundryCredential(
        @JsonPropertyDescription("The Foundry resource: the first part of its host's name.")
        @Required
        @Size(max = 63)
        @ValidationRule(
                value = "self.matches('^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$')",
                message = "resource must be a Foundry resource's name: letters, digits and '-'")
        String resource,

        @JsonPropertyDescription("An API key of the resource.") @Required
        SecretCredential apiKey) {}
