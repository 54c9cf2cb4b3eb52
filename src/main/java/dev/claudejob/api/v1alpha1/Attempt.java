package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** One attempt: one Pod, recorded before it may start. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Attempt(
        @JsonPropertyDescription("Its number. Numbers only grow.") @Required
        int number,

        @JsonPropertyDescription("The Pod's name.") @Required
        String podName,

        @JsonPropertyDescription("The Pod's uid: no other Pod may start for this attempt.") @Required
        String podUID,

        @JsonPropertyDescription("The credential, as <secret>/<key>.") @Nullable
        String credential,

        @JsonPropertyDescription("When the agent was first seen running.") @Nullable
        String startTime,

        @JsonPropertyDescription("When the agent ended.") @Nullable
        String endTime,

        @JsonPropertyDescription("The exit code of the agent's container.") @Nullable
        Integer exitCode,

        @JsonPropertyDescription("Why it ended.") @Nullable String reason,

        @JsonPropertyDescription("Why it ended, in a sentence.") @Nullable
        String message,

        @JsonPropertyDescription("What it cost by Claude Code's own reckoning, in US dollars, as a decimal string.")
        @Nullable
        String costUSD,

        @JsonPropertyDescription("Claude Code's session.") @Nullable
        String sessionID,

        @JsonPropertyDescription("The ClaudeCredential that the credential came from.") @Nullable
        CredentialRef credentialRef,

        @JsonPropertyDescription("What it found out about its ClaudeCredential.") @Nullable
        CredentialFinding finding) {

    /** True once the attempt's end is on record. */
    public boolean ended() {
        return reason != null;
    }
}
