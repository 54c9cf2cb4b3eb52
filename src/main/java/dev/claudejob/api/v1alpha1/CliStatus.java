package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The Claude Code that ran. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CliStatus(
        @JsonPropertyDescription("Its version, as it says itself.") @Nullable
        String version,

        @JsonPropertyDescription("The image's digest, as the node resolved it.") @Nullable
        String imageID) {}
