package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What jobs have found out about a credential. The operator never reads the Secret. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClaudeCredentialStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription(
                "Ready: nothing is known against it. Its reason is Valid, Unverified (no job has used it yet), Expiring,"
                        + " Expired, Missing, AuthFailed, UsageLimited or BillingProblem. Stalled, as kstatus reads it: somebody has to do something.")
        @Nullable
        List<Condition> conditions,

        @JsonPropertyDescription("Its kind, such as oauthToken or apiKey.") @Nullable
        String kind,

        @JsonPropertyDescription("What the rest speaks of, as <secret>/<key>.") @Nullable
        String credential,

        @JsonPropertyDescription("Who pays: Subscription, Metered or Cloud.") @Nullable
        Billing billing,

        @JsonPropertyDescription("Until when its usage limit lasts, by the API's own word. No job starts on it before.")
        @Nullable
        String limitedUntil,

        @JsonPropertyDescription("Which limit it is, for example five_hour or seven_day.") @Nullable
        String limitType,

        @JsonPropertyDescription(
                "How far its usage limits are used up, the fullest first, as the last job to end saw it. A subscription's only.")
        @Size(max = 8)
        @Nullable
        List<Utilization> utilization,

        @JsonPropertyDescription(
                "When it ends, where the credential says so itself: that of a claudeHome does. As the last job to end saw it.")
        @Nullable
        String expiresAt,

        @JsonPropertyDescription("How many jobs use it now. Counted every few seconds.") @Nullable
        Integer activeJobs,

        @JsonPropertyDescription(
                "How many jobs wait for it: for their turn, or for its limit to reset. Counted every few seconds.")
        @Nullable
        Integer waitingJobs,

        @JsonPropertyDescription("The newest time that the API is known to have taken it.") @Nullable
        String lastUsedTime,

        @JsonPropertyDescription("The newest time that the API did not.") @Nullable
        CredentialError lastError) {}
