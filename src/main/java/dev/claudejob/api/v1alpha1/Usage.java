package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a job used, by Claude Code's own reckoning. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Usage(
        @JsonPropertyDescription("Turns of the agent.") @Nullable
        Integer turns,

        @JsonPropertyDescription("Input tokens, without those of the cache.") @Nullable
        Long inputTokens,

        @JsonPropertyDescription("Output tokens.") @Nullable Long outputTokens,

        @JsonPropertyDescription("Input tokens read from the cache.") @Nullable
        Long cacheReadInputTokens,

        @JsonPropertyDescription("Input tokens written to the cache.") @Nullable
        Long cacheCreationInputTokens,

        @JsonPropertyDescription(
                "The cost in US dollars, as a decimal string. Under a subscription it is what the same use would have cost.")
        @Nullable
        String costUSD,

        @JsonPropertyDescription("The same by model.") @Nullable
        Map<String, ModelUsage> models) {}
