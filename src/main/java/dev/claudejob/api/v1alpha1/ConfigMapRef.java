package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A ConfigMap in the job's namespace. */
public record ConfigMapRef(
        @JsonPropertyDescription("Its name.") @Required String name) {}
