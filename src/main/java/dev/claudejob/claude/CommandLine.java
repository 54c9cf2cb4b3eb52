package dev.claudejob.claude;

import dev.claudejob.api.v1alpha1.Agent;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.summary.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of {@code claude} for a job, after the ones that the wrapper script always gives (-p, --output-format, --verbose).
 * Measured with Claude Code 2.1.330: --max-turns works although --help does not list it.
 */
public final class CommandLine {
    private CommandLine() {}

    /**
     * A value joined to its flag can't be taken for another flag, whatever it begins with.
     *
     * @param maxBudgetUSD what this run may cost, in US dollars; null for no limit
     */
    public static List<String> of(ClaudeJobSpec spec, @Nullable String maxBudgetUSD) {
        List<String> args = new ArrayList<>();
        add(args, "--model", spec.model());
        add(args, "--max-budget-usd", maxBudgetUSD);
        Agent agent = spec.agent();
        if (agent == null) {
            return List.copyOf(args);
        }
        add(args, "--max-turns", agent.maxTurns());
        add(args, "--system-prompt", agent.systemPrompt());
        add(args, "--append-system-prompt", agent.appendSystemPrompt());
        add(args, "--permission-mode", agent.permissionMode());
        Map<String, Object> schema = agent.outputSchema();
        if (schema != null) {
            add(args, "--json-schema", Json.write(schema));
        }
        addAll(args, "--allowedTools", agent.allowedTools());
        addAll(args, "--disallowedTools", agent.disallowedTools());
        List<String> tools = agent.tools();
        if (tools != null) {
            add(args, "--tools", String.join(",", tools));
        }
        return List.copyOf(args);
    }

    private static void add(List<String> args, String flag, @Nullable Object value) {
        if (value != null) {
            args.add(flag + "=" + value);
        }
    }

    /** These flags take many values; each as an argument of its own keeps a rule such as Bash(a, b) whole. */
    private static void addAll(List<String> args, String flag, @Nullable List<String> values) {
        if (values != null && !values.isEmpty()) {
            args.add(flag);
            args.addAll(values);
        }
    }
}
