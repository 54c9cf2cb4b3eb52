package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** The newest time that the API did not take a credential. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CredentialError(
        @JsonPropertyDescription("When the job's end was recorded.") @Required
        String time,

        @JsonPropertyDescription("AuthFailed, UsageLimited or BillingProblem.") @Required
        String reason,

        @JsonPropertyDescription("What happened, and in which job.") @Nullable
        String message) {}
