package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A prompt kept in a ConfigMap or a Secret of the job's namespace. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.configMapKeyRef) != has(self.secretKeyRef)",
        message = "set exactly one of configMapKeyRef and secretKeyRef")
public record PromptSource(
        @JsonPropertyDescription("A key of a ConfigMap in the job's namespace.") @Nullable
        KeyRef configMapKeyRef,

        @JsonPropertyDescription("A key of a Secret in the job's namespace. The agent can read its prompt.") @Nullable
        KeyRef secretKeyRef) {}
