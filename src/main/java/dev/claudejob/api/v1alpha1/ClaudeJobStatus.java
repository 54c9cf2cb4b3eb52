package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator saw and did. It alone writes it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClaudeJobStatus(
        @JsonPropertyDescription("The generation of the spec that this status speaks of.") @Nullable
        Long observedGeneration,

        @JsonPropertyDescription("A summary for people; conditions are the contract.") @Nullable
        Phase phase,

        @JsonPropertyDescription(
                "The reason of the newest thing that happened. docs/troubleshooting.md says what each means.")
        @Nullable
        String reason,

        @JsonPropertyDescription("The newest thing that happened, in a sentence, and what to do about it.") @Nullable
        String message,

        @JsonPropertyDescription(
                "Complete, Failed and Finished as for a Job; Ready, Reconciling and Stalled as kstatus reads them.")
        @Nullable
        List<Condition> conditions,

        @JsonPropertyDescription("When the first attempt was recorded.") @Nullable
        String startTime,

        @JsonPropertyDescription("When the job finished.") @Nullable
        String completionTime,

        @JsonPropertyDescription("Running time summed over attempts, in seconds.") @Nullable
        Long durationSeconds,

        @JsonPropertyDescription(
                "The number of the newest attempt. An attempt on record has at most one Pod that ever starts. A number whose Pod was given up before it started is left out.")
        @Nullable
        Integer attempt,

        @JsonPropertyDescription("Retries spent of retry.limit. Waiting for a usage limit to reset spends none.")
        @Nullable
        Integer retries,

        @JsonPropertyDescription("While waiting after a failed attempt: when the next one starts.") @Nullable
        String resumeAt,

        @JsonPropertyDescription("The last attempts, oldest first.") @Size(max = 10) @Nullable
        List<Attempt> attempts,

        @JsonPropertyDescription(
                "The credential in use: while an attempt runs the one that it began with, then the one that it used last.")
        @Nullable
        CredentialStatus credential,

        @JsonPropertyDescription("Credentials of the job that it does not use for now.") @Size(max = 8) @Nullable
        List<Cooldown> cooldowns,

        @JsonPropertyDescription("Claude Code's session.") @Nullable
        SessionStatus session,

        @JsonPropertyDescription("What Claude Code answered.") @Nullable
        Result result,

        @JsonPropertyDescription("What the job used by Claude Code's own reckoning, summed over attempts.") @Nullable
        Usage usage,

        @JsonPropertyDescription(
                "Tokens by credential, summed over attempts, measured by the helper. Absent under credentialDelivery Env.")
        @Size(max = 8)
        @Nullable
        List<Spend> spend,

        @JsonPropertyDescription("Tools that were denied, and how often.") @Size(max = 16) @Nullable
        List<PermissionDenial> permissionDenials,

        @JsonPropertyDescription("The Claude Code that ran.") @Nullable
        CliStatus cli) {}
