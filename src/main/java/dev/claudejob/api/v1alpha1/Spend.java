package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What was spent on one credential, by the API's own answers as the helper saw them: the agent can't change it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Spend(
        @JsonPropertyDescription("The credential's name.") @Required
        String credential,

        @JsonPropertyDescription("Who pays: Subscription, Metered or Cloud.") @Nullable
        Billing billing,

        @JsonPropertyDescription("Input tokens, without those of the cache.") @Required
        long inputTokens,

        @JsonPropertyDescription("Output tokens.") @Required long outputTokens,

        @JsonPropertyDescription("Input tokens read from the cache.") @Required
        long cacheReadInputTokens,

        @JsonPropertyDescription("Input tokens written to the cache.") @Required
        long cacheCreationInputTokens) {

    /** The same credential, and both spends. */
    public Spend plus(Spend more) {
        return new Spend(
                credential,
                billing,
                inputTokens + more.inputTokens,
                outputTokens + more.outputTokens,
                cacheReadInputTokens + more.cacheReadInputTokens,
                cacheCreationInputTokens + more.cacheCreationInputTokens);
    }
}
