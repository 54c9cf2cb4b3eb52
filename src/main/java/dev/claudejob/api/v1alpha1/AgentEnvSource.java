package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where an environment variable's value comes from, in the job's namespace. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.configMapKeyRef) != has(self.secretKeyRef)",
        message = "valueFrom sets exactly one of configMapKeyRef and secretKeyRef")
public record AgentEnvSource(
        @JsonPropertyDescription("A key of a ConfigMap.") @Nullable
        KeyRef configMapKeyRef,

        @JsonPropertyDescription(
                "A key of a Secret. The agent can read it: give it no more rights than the agent needs.")
        @Nullable
        KeyRef secretKeyRef) {}
