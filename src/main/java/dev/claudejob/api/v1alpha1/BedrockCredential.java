package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Amazon Bedrock. Exactly one way to sign in is set. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "[has(self.bearerToken), has(self.accessKeys), has(self.podIdentity)].filter(set, set).size() == 1",
        message = "bedrock sets exactly one of bearerToken, accessKeys and podIdentity")
public record BedrockCredential(
        @JsonPropertyDescription("The AWS region, such as eu-west-1.")
        @Required
        @Size(max = 32)
        @ValidationRule(
                value = "self.matches('^[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}$')",
                message = "region must be an AWS region, such as eu-west-1")
        String region,

        @JsonPropertyDescription("A Bedrock API key.") @Nullable
        SecretCredential bearerToken,

        @JsonPropertyDescription("Access keys of an IAM user or role. Only with credentialDelivery: Env.") @Nullable
        AccessKeys accessKeys,

        @JsonPropertyDescription(
                "Whatever role template.serviceAccountName has by the cluster's means (IRSA, EKS Pod Identity). Only with"
                        + " credentialDelivery: Env.")
        @Nullable
        PodIdentity podIdentity) {}
