package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Claude Code's session. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SessionStatus(
        @JsonPropertyDescription("The session's id.") @Nullable
        String id) {}
