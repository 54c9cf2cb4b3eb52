package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One way to sign in. Exactly one kind is set. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.oauthToken), has(self.apiKey), has(self.authToken), has(self.claudeHome), has(self.workloadIdentity),"
                        + " has(self.bedrock), has(self.vertex), has(self.foundry), has(self.credentialRef)]"
                        + ".filter(set, set).size() == 1",
        message =
                "each credential sets exactly one kind: oauthToken, apiKey, authToken, claudeHome, workloadIdentity, bedrock,"
                        + " vertex, foundry or credentialRef")
public record Credential(
        @JsonPropertyDescription(
                "A subscription's long-lived token, as `claude setup-token` prints it. Billed to the subscription.")
        @Nullable
        SecretCredential oauthToken,

        @JsonPropertyDescription("An API key of the vendor's console. Metered: billed by the token.") @Nullable
        SecretCredential apiKey,

        @JsonPropertyDescription(
                "A bearer token for a gateway that the install allows. Billed to whoever runs the gateway.")
        @Nullable
        AuthTokenCredential authToken,

        @JsonPropertyDescription(
                "A ~/.claude in a Secret. Billed to the subscription. Only with credentialDelivery: Helper.")
        @Nullable
        ClaudeHomeCredential claudeHome,

        @JsonPropertyDescription(
                "The Pod's own identity, which the helper exchanges for a short-lived token: no secret. Metered. Only with"
                        + " credentialDelivery: Helper.")
        @Nullable
        WorkloadIdentityCredential workloadIdentity,

        @JsonPropertyDescription("Amazon Bedrock. Billed to the AWS account.") @Nullable
        BedrockCredential bedrock,

        @JsonPropertyDescription(
                "Google Vertex AI. Billed to the Google Cloud project. Only with credentialDelivery: Env.")
        @Nullable
        VertexCredential vertex,

        @JsonPropertyDescription("Microsoft Foundry. Billed to the Azure subscription.") @Nullable
        FoundryCredential foundry,

        @JsonPropertyDescription(
                "A ClaudeCredential in the job's namespace, which jobs share: its limits and its queue hold for all of them."
                        + " It may come later: the job waits for it. An attempt begins with it or does not use it: a run does not move on to it.")
        @Nullable
        CredentialRef credentialRef) {

    /** True for a reference to a ClaudeCredential when it is not known what that is. */
    public boolean unresolved() {
        return oauthToken == null
                && apiKey == null
                && authToken == null
                && claudeHome == null
                && workloadIdentity == null
                && bedrock == null
                && vertex == null
                && foundry == null;
    }
}
