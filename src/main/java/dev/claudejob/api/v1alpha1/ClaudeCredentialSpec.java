package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A credential that jobs share. Exactly one kind is set; the kinds are those of a job's own credentials. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value =
                "[has(self.oauthToken), has(self.apiKey), has(self.authToken), has(self.claudeHome), has(self.workloadIdentity),"
                        + " has(self.bedrock), has(self.vertex), has(self.foundry)].filter(set, set).size() == 1",
        message =
                "a ClaudeCredential sets exactly one kind: oauthToken, apiKey, authToken, claudeHome, workloadIdentity, bedrock,"
                        + " vertex or foundry")
public record ClaudeCredentialSpec(
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
                "A ~/.claude in a Secret. Billed to the subscription. Only for jobs with credentialDelivery: Helper.")
        @Nullable
        ClaudeHomeCredential claudeHome,

        @JsonPropertyDescription(
                "The Pod's own identity, which the helper exchanges for a short-lived token: no secret. Metered. Only for"
                        + " jobs with credentialDelivery: Helper.")
        @Nullable
        WorkloadIdentityCredential workloadIdentity,

        @JsonPropertyDescription("Amazon Bedrock. Billed to the AWS account.") @Nullable
        BedrockCredential bedrock,

        @JsonPropertyDescription(
                "Google Vertex AI. Billed to the Google Cloud project. Only for jobs with credentialDelivery: Env.")
        @Nullable
        VertexCredential vertex,

        @JsonPropertyDescription("Microsoft Foundry. Billed to the Azure subscription.") @Nullable
        FoundryCredential foundry,

        @JsonPropertyDescription(
                "How many jobs may use it at once. The others wait, and start in the order in which they were created. No"
                        + " limit by default.")
        @Min(1)
        @Max(100000)
        @Nullable
        Integer maxConcurrentJobs) {

    /** As a job would list it, marked as the ClaudeCredential of this name. */
    public Credential asListedBy(String name) {
        return new Credential(
                oauthToken,
                apiKey,
                authToken,
                claudeHome,
                workloadIdentity,
                bedrock,
                vertex,
                foundry,
                new CredentialRef(name));
    }
}
