package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A Secret in the job's own namespace. */
public record SecretRef(
        @JsonPropertyDescription("The object's name.")
        @Required
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message = "name must be an object's name: lower-case letters, digits, '-' and '.'")
        String name) {}
