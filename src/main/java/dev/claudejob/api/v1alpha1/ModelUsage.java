package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** What a job used of one model. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ModelUsage(
        @JsonPropertyDescription("Input tokens, without those of the cache.") @Nullable
        Long inputTokens,

        @JsonPropertyDescription("Output tokens.") @Nullable Long outputTokens,

        @JsonPropertyDescription("Input tokens read from the cache.") @Nullable
        Long cacheReadInputTokens,

        @JsonPropertyDescription("Input tokens written to the cache.") @Nullable
        Long cacheCreationInputTokens,

        @JsonPropertyDescription("The cost in US dollars, as a decimal string.") @Nullable
        String costUSD) {}
