package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a job may spend, over all its attempts. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Limits(
        @JsonPropertyDescription(
                "Output tokens, counted by the helper from the API's own answers: the agent can't change the count. The request after the"
                        + " one that reaches the limit is refused, and the job fails with BudgetExceeded. Needs credentialDelivery"
                        + " Helper.")
        @Min(1)
        @Max(1000000000000L)
        @Nullable
        Long maxOutputTokens,

        @JsonPropertyDescription(
                "US dollars, as a decimal string such as \"2.50\" (--max-budget-usd). Claude Code counts them by list prices, and"
                        + " stops itself: a job with a hostile repository or prompt also needs maxOutputTokens.")
        @Size(max = 16)
        @ValidationRule(
                value = "self.matches('^[0-9]{1,7}([.][0-9]{1,6})?$') && self.matches('[1-9]')",
                message = "limits.maxCostUSD must be a decimal number greater than 0 in quotes, such as \"2.50\"")
        @Nullable
        String maxCostUSD) {}
