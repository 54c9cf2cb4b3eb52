package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** An AWS access key, in three parts. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AccessKeys(
        @JsonPropertyDescription("The key of a Secret that holds AWS_ACCESS_KEY_ID.") @Required
        KeyRef accessKeyID,

        @JsonPropertyDescription("The key of a Secret that holds AWS_SECRET_ACCESS_KEY.") @Required
        KeyRef secretAccessKey,

        @JsonPropertyDescription("The key of a Secret that holds AWS_SESSION_TOKEN, for temporary keys.") @Nullable
        KeyRef sessionToken) {}
