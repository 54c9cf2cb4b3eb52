package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The credential in use, by name. Never its value. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CredentialStatus(
        @JsonPropertyDescription("Its name, as <secret>/<key>.") @Nullable
        String name,

        @JsonPropertyDescription("Its kind, such as oauthToken.") @Nullable
        String kind,

        @JsonPropertyDescription("Who pays: Subscription, Metered or Cloud.") @Nullable
        Billing billing,

        @JsonPropertyDescription("The ClaudeCredential that it came from.") @Nullable
        CredentialRef credentialRef) {}
