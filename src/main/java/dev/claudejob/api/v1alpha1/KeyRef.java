package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** One key of a Secret or ConfigMap in the job's own namespace. */
public record KeyRef(
        @JsonPropertyDescription("The object's name.")
        @Required
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
                message = "name must be an object's name: lower-case letters, digits, '-' and '.'")
        String name,

        @JsonPropertyDescription("The key in its data.")
        @Required
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[-._a-zA-Z0-9]+$') && self != '.' && !self.startsWith('..')",
                message =
                        "key must be a data key: letters, digits, '-', '_' and '.', not '.' and not beginning with '..'")
        String key) {}
