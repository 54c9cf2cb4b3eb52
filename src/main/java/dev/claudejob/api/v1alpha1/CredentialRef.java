package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A ClaudeCredential in the same namespace. */
public record CredentialRef(
        @JsonPropertyDescription("The ClaudeCredential's name.")
        @Required
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message = "name must be a ClaudeCredential's name: lower-case letters, digits, '-' and '.'")
        String name) {}
