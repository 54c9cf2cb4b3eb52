package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What lies in /workspace when the agent starts. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Workspace(
        @JsonPropertyDescription("A git repository that is checked out into /workspace first.") @Nullable
        GitWorkspace git) {}
