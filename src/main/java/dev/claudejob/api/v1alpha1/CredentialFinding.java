package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an attempt found out about a ClaudeCredential. The helper measured it at the API; nothing here is the agent's word. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CredentialFinding(
        @JsonPropertyDescription("When it was recorded.") @Required
        String time,

        @JsonPropertyDescription("What the API made of the credential.") @Required
        CredentialVerdict verdict,

        @JsonPropertyDescription("When the usage limit resets, by the API's own word.") @Nullable
        String limitedUntil,

        @JsonPropertyDescription("Which limit it is.") @Nullable
        String limitType,

        @JsonPropertyDescription("When the credential ends, where it says so itself.") @Nullable
        String expiresAt,

        @JsonPropertyDescription("How far its usage limits are used up.") @Size(max = 4) @Nullable
        List<Utilization> utilization) {}
