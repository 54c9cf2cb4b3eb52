package dev.claudejob.claude;

import dev.claudejob.summary.Summary;
import org.jspecify.annotations.Nullable;

/**
 * How the agent's container ended, as far as Claude Code is concerned.
 *
 * @param exitCode the container's exit code; null when it never ran
 * @param log the last lines of its log, only when it failed
 * @param summary what the helper said
 * @param schemaAsked whether the job asked for structured output
 */
public record AgentEnd(@Nullable Integer exitCode, @Nullable String log, Summary summary, boolean schemaAsked) {}
