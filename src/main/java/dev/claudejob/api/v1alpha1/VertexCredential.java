package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Google Vertex AI. Exactly one way to sign in is set; either is for Claude Code itself to use. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.serviceAccountKey) != has(self.podIdentity)",
        message = "vertex sets exactly one of serviceAccountKey and podIdentity")
public record VertexCredential(
        @JsonPropertyDescription("The Google Cloud project.")
        @Required
        @Size(max = 30)
        @ValidationRule(
                value = "self.matches('^[a-z][a-z0-9-]{4,28}[a-z0-9]$')",
                message = "projectID must be a Google Cloud project's ID, such as my-project-123")
        String projectID,

        @JsonPropertyDescription("The region, such as europe-west1, or global.")
        @Required
        @Size(max = 32)
        @ValidationRule(
                value = "self.matches('^([a-z]+-[a-z]+[0-9]{1,2}|global|us|eu)$')",
                message = "region must be a Google Cloud region, such as europe-west1, or global, us or eu")
        String region,

        @JsonPropertyDescription(
                "A key file, in JSON: a service account's key, or a workload identity federation's configuration.")
        @Nullable
        SecretCredential serviceAccountKey,

        @JsonPropertyDescription(
                "Whatever service account template.serviceAccountName is by the cluster's means (GKE Workload Identity).")
        @Nullable
        PodIdentity podIdentity) {}
