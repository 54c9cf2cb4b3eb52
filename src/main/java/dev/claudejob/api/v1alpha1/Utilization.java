package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** How far one of a subscription's usage limits is used up, by the API's own word. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Utilization(
        @JsonPropertyDescription("Which limit it is, for example five_hour or seven_day.") @Required
        String limitType,

        @JsonPropertyDescription("How much of it is used. More than 100 where the plan allows that.") @Required
        int percent,

        @JsonPropertyDescription("When it resets.") @Required
        String resetTime,

        @JsonPropertyDescription("When the API said so.") @Required
        String time) {}
