package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An environment variable for the agent's tools. Names that steer Claude Code, its credentials or the loader are reserved. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "has(self.value) != has(self.valueFrom)",
        message = "each variable of env sets exactly one of value and valueFrom")
public record AgentEnv(
        @JsonPropertyDescription(
                "The variable's name. Reserved: ANTHROPIC_*, CLAUDE*, _CLAUDE*, USE_*_OAUTH, DISABLE_*, LD_*, GIT_CONFIG_*, BUN_*,"
                        + " *_PROXY, NODE_OPTIONS, NODE_EXTRA_CA_CERTS, NODE_TLS_REJECT_UNAUTHORIZED, PATH, HOME, TMPDIR, ENV, BASH_ENV and IFS.")
        @Required
        @Size(max = 253)
        @ValidationRule(
                value = "self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",
                message = "a variable's name is letters, digits and '_', not beginning with a digit")
        @ValidationRule(
                value =
                        "!self.matches('^(?i)(_*ANTHROPIC_.*|_*CLAUDE.*|USE_.*_OAUTH|DISABLE_.*|LD_.*|GIT_CONFIG_.*|BUN_.*|.*_PROXY|NODE_OPTIONS"
                                + "|NODE_EXTRA_CA_CERTS|NODE_TLS_REJECT_UNAUTHORIZED|PATH|HOME|TMPDIR|ENV|BASH_ENV|IFS)$')",
                message = "this variable's name is reserved: it could change who is billed or where a credential goes;"
                        + " use the fields of the spec instead")
        String name,

        @JsonPropertyDescription("Its value, as it is: $(OTHER) is not expanded.")
        @Size(max = 32768)
        @ValidationRule(
                value = "!self.contains('\\u0000')",
                message = "a variable's value must not hold a NUL character")
        @ValidationRule(
                value = "bytes(self).size() <= 130816",
                message =
                        "a variable's value must not be longer than 130816 bytes, because Linux takes no more: let the agent"
                                + " read it from a file, by template.volumes")
        @Nullable
        String value,

        @JsonPropertyDescription("Where its value comes from.") @Nullable
        AgentEnvSource valueFrom) {}
