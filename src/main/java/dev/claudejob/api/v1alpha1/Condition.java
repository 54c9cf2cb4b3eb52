package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A condition, with the fields of {@code metav1.Condition}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
        @JsonPropertyDescription("Complete, Failed, Finished, Ready, Reconciling or Stalled.")
        @Required
        @Size(max = 316)
        String type,

        @JsonPropertyDescription("True, False or Unknown.") @Required
        ConditionStatus status,

        @JsonPropertyDescription("Why, in one word.") @Required @Size(min = 1, max = 1024)
        String reason,

        @JsonPropertyDescription("Why, in a sentence.") @Required @Size(max = 32768)
        String message,

        @JsonPropertyDescription("When status last changed.") @Required
        String lastTransitionTime,

        @JsonPropertyDescription("The generation of the spec that this condition speaks of.") @Nullable
        Long observedGeneration) {}
