package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** A credential that the job does not use for now. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Cooldown(
        @JsonPropertyDescription("The credential, by the name that attempts have.") @Required
        String credential,

        @JsonPropertyDescription("Why: UsageLimit, AuthFailed, CredentialMissing or BillingProblem.") @Required
        String reason,

        @JsonPropertyDescription("Until when. Absent: this job does not use it again.") @Nullable
        String until) {}
