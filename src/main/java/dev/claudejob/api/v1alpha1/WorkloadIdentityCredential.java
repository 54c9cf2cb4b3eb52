package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The vendor's workload identity federation: the Pod's own identity, and no secret. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WorkloadIdentityCredential(
        @JsonPropertyDescription("The federation rule that is to allow it, as the Claude Console shows it: fdrl_...")
        @Required
        @Size(max = 128)
        @ValidationRule(
                value = "self.matches('^fdrl_[A-Za-z0-9]+$')",
                message = "federationRuleID must be a federation rule's ID, such as fdrl_01AbCd")
        String federationRuleID,

        @JsonPropertyDescription("The organization, a UUID.")
        @Required
        @Size(max = 36)
        @ValidationRule(
                value = "self.matches('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')",
                message = "organizationID must be the organization's UUID")
        String organizationID,

        @JsonPropertyDescription(
                "The vendor's service account that the job acts as: svac_... It is no ServiceAccount of Kubernetes: that one is"
                        + " template.serviceAccountName.")
        @Required
        @Size(max = 128)
        @ValidationRule(
                value = "self.matches('^svac_[A-Za-z0-9]+$')",
                message = "anthropicServiceAccountID must be a service account's ID, such as svac_01AbCd")
        String anthropicServiceAccountID,

        @JsonPropertyDescription(
                "The workspace, wrkspc_... or default. Needed only when the rule is enabled for more than one.")
        @Size(max = 128)
        @ValidationRule(
                value = "self.matches('^(wrkspc_[A-Za-z0-9]+|default)$')",
                message = "workspaceID must be a workspace's ID, such as wrkspc_01AbCd, or default")
        @Nullable
        String workspaceID) {}
