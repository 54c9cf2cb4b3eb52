package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Claude Code answered. It is the agent's word, with the credentials that were in use redacted. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Result(
        @JsonPropertyDescription("The answer, or its beginning if truncated is true.") @Nullable
        String text,

        @JsonPropertyDescription("The answer as the object that agent.outputSchema asked for.")
        @PreserveUnknownFields
        @Nullable
        Map<String, Object> structured,

        @JsonPropertyDescription("The size of the whole text in bytes of UTF-8.") @Nullable
        Long bytes,

        @JsonPropertyDescription("The SHA-256 of the whole text, in hexadecimal.") @Nullable
        String sha256,

        @JsonPropertyDescription(
                "True if text here is only the beginning, or structured is left out because it is too long.")
        @Nullable
        Boolean truncated,

        @JsonPropertyDescription("The ConfigMap that holds a longer answer, in its keys text and structured.json.")
        @Nullable
        ConfigMapRef configMapRef) {}
