package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
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

        @JsonPropertyDescription(
                "The credential, as <secret>/<key>: while the attempt runs the one that it began with, then the one that it used last. spend has each.")
        @Nullable
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

        @JsonPropertyDescription("Tokens by credential, measured by the helper. Absent under credentialDelivery Env.")
        @Size(max = 8)
        @Nullable
        List<Spend> spend,

        @JsonPropertyDescription("The ClaudeCredential that the credential came from.") @Nullable
        CredentialRef credentialRef,

        @JsonPropertyDescription("What it found out about its ClaudeCredential.") @Nullable
        CredentialFinding finding) {

    /** Just recorded: nothing is known of it yet. */
    public static Attempt begun(int number, String podName, String podUID, String credential) {
        return new Attempt(
                number, podName, podUID, credential, null, null, null, null, null, null, null, null, null, null);
    }

    /** The same, with a credential that came from a ClaudeCredential. */
    public Attempt sharing(@Nullable CredentialRef ref) {
        return new Attempt(
                number, podName, podUID, credential, null, null, null, null, null, null, null, null, ref, null);
    }

    /** The same, seen running. */
    public Attempt running(String since) {
        return new Attempt(
                number,
                podName,
                podUID,
                credential,
                since,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                credentialRef,
                null);
    }

    /** True once the attempt's end is on record. */
    public boolean ended() {
        return reason != null;
    }
}
