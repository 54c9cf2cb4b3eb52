package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Claude Code's own options. Each field is one of its command line's. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "!(has(self.systemPrompt) && has(self.appendSystemPrompt))",
        message = "set systemPrompt (replaces Claude Code's own) or appendSystemPrompt (adds to it), not both")
public record Agent(
        @JsonPropertyDescription("Stop after this many turns of the agent (--max-turns). No limit by default.")
        @Min(1)
        @Max(100000)
        @Nullable
        Integer maxTurns,

        @JsonPropertyDescription("Replaces Claude Code's system prompt (--system-prompt).")
        @Size(min = 1, max = 30000)
        @ValidationRule(value = "!self.contains('\\u0000')", message = "systemPrompt must not hold a NUL character")
        @Nullable
        String systemPrompt,

        @JsonPropertyDescription("Is added to Claude Code's system prompt (--append-system-prompt).")
        @Size(min = 1, max = 30000)
        @ValidationRule(
                value = "!self.contains('\\u0000')",
                message = "appendSystemPrompt must not hold a NUL character")
        @Nullable
        String appendSystemPrompt,

        @JsonPropertyDescription(
                "Tools, or rules such as Bash(git log:*), that may be used without asking (--allowedTools). Nobody is"
                        + " there to be asked: what is not allowed is denied.")
        @Size(max = 128)
        @ValidationRule(
                value = "self.all(t, t.matches(r'^[A-Za-z]\\PC*$'))",
                message =
                        "each of allowedTools must begin with a tool's name, such as Read or Bash(git log:*), and hold no"
                                + " control character")
        @Nullable
        List<@Size(max = 512) String> allowedTools,

        @JsonPropertyDescription("Tools, or rules, that are denied whatever else is allowed (--disallowedTools).")
        @Size(max = 128)
        @ValidationRule(
                value = "self.all(t, t.matches(r'^[A-Za-z]\\PC*$'))",
                message =
                        "each of disallowedTools must begin with a tool's name, such as WebFetch or Bash(rm:*), and hold"
                                + " no control character")
        @Nullable
        List<@Size(max = 512) String> disallowedTools,

        @JsonPropertyDescription(
                "The built-in tools that exist for the agent (--tools). All by default; an empty list means none.")
        @Size(max = 128)
        @ValidationRule(
                value = "self.all(t, t.matches('^[A-Za-z][A-Za-z0-9_]*$'))",
                message = "each of tools must be the name of a built-in tool, such as Read or Bash")
        @Nullable
        List<@Size(max = 128) String> tools,

        @JsonPropertyDescription(
                "What happens when a tool that is not allowed by a rule is about to be used (--permission-mode)."
                        + " bypassPermissions lets the agent do anything that its container may do.")
        @Nullable
        PermissionMode permissionMode,

        @JsonPropertyDescription("A JSON Schema that the answer must fit (--json-schema). The answer is then also in"
                + " status.result.structured.")
        @PreserveUnknownFields
        @Nullable
        Map<String, Object> outputSchema,

        @JsonPropertyDescription("Environment variables of the agent's container, for its tools.")
        @Size(max = 100)
        @Nullable
        List<AgentEnv> env) {}
