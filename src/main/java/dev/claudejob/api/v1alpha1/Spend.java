package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What was spent on one credential, by the API's own answers as the helper saw them: the agent can't change it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Spend(
        @JsonPropertyDescription("The credential's name; others for those that there was no room for.") @Required
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
                Counts.sum(inputTokens, more.inputTokens),
                Counts.sum(outputTokens, more.outputTokens),
                Counts.sum(cacheReadInputTokens, more.cacheReadInputTokens),
                Counts.sum(cacheCreationInputTokens, more.cacheCreationInputTokens));
    }

    /** The same under another name. */
    public Spend named(String name) {
        return new Spend(name, billing, inputTokens, outputTokens, cacheReadInputTokens, cacheCreationInputTokens);
    }
}
