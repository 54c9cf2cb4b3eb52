package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One way to sign in. Exactly one kind is set. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "[has(self.oauthToken), has(self.apiKey), has(self.credentialRef)].filter(set, set).size() == 1",
        message = "each credential sets exactly one kind: oauthToken, apiKey or credentialRef")
public record Credential(
        @JsonPropertyDescription(
                "A subscription's long-lived token, as `claude setup-token` prints it. Billed to the subscription.")
        @Nullable
        SecretCredential oauthToken,

        @JsonPropertyDescription("An API key of the vendor's console. Metered: billed by the token.") @Nullable
        SecretCredential apiKey,

        @JsonPropertyDescription(
                "A ClaudeCredential in the job's namespace, which jobs share: its limits and its queue hold for all of them."
                        + " It may come later: the job waits for it.")
        @Nullable
        CredentialRef credentialRef) {}
