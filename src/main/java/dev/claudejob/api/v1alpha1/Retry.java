package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** When a failed attempt is followed by another. What repeating can't cure fails at once, whatever is written here. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Retry(
        @JsonPropertyDescription(
                "How many attempts may follow a first one that failed for a passing reason: an overloaded API, a rate limit, the"
                        + " network, an eviction. 2 by default. Each is paid for.")
        @Default("2")
        @Min(0)
        @Max(100)
        @Nullable
        Integer limit,

        @JsonPropertyDescription("Seconds before the first retry; doubled for each further one. 10 by default.")
        @Default("10")
        @Min(1)
        @Max(86400)
        @Nullable
        Long backoffSeconds,

        @JsonPropertyDescription("The longest pause before a retry, in seconds. 600 by default.")
        @Default("600")
        @Min(1)
        @Max(86400)
        @Nullable
        Long maxBackoffSeconds,

        @JsonPropertyDescription(
                "When the credential's usage limit is reached. Park: wait until it resets and go on, without spending a"
                        + " retry. Fail: fail at once.")
        @Default("Park")
        @Nullable
        OnUsageLimit onUsageLimit) {
    /** What a job gets that says nothing. The same values are the CRD's defaults. */
    public static final Retry DEFAULT = new Retry(2, 10L, 600L, OnUsageLimit.Park);
}
