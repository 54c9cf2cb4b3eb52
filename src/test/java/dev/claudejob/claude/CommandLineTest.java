package dev.claudejob.claude;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.testing.Jobs;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    /** All flags that a job can lead to; two of them take their values as arguments of their own. */
    private static final Set<String> LISTS = Set.of("--allowedTools", "--disallowedTools");

    private static List<String> of(String spec) {
        return CommandLine.of(Jobs.job(spec).getSpec(), null);
    }

    @Test
    void aJobThatAsksForNothingGivesNoFlags() {
        assertThat(of("")).isEmpty();
        assertThat(of("agent: {}")).isEmpty();
        assertThat(of("agent: {allowedTools: [], disallowedTools: []}")).isEmpty();
    }

    @Test
    void everyFieldBecomesItsFlag() {
        assertThat(of("""
                        model: claude-sonnet-5-5
                        agent:
                          maxTurns: 7
                          systemPrompt: You are short.
                          permissionMode: acceptEdits
                          outputSchema: {type: object, required: [a]}
                          allowedTools: [Read, "Bash(git log:*, x)"]
                          disallowedTools: [WebFetch]
                          tools: [Read, Bash]
                        """))
                .containsExactly(
                        "--model=claude-sonnet-5-5",
                        "--max-turns=7",
                        "--system-prompt=You are short.",
                        "--permission-mode=acceptEdits",
                        "--json-schema={\"type\":\"object\",\"required\":[\"a\"]}",
                        "--allowedTools",
                        "Read",
                        "Bash(git log:*, x)",
                        "--disallowedTools",
                        "WebFetch",
                        "--tools=Read,Bash");
        assertThat(of("agent: {appendSystemPrompt: Be kind.}")).containsExactly("--append-system-prompt=Be kind.");
    }

    @Test
    void aBudgetIsGivenAsItIsWritten() {
        assertThat(CommandLine.of(Jobs.job("").getSpec(), "2.50")).containsExactly("--max-budget-usd=2.50");
    }

    @Test
    void anEmptyListOfToolsMeansNoneWhileNoListMeansAll() {
        assertThat(of("agent: {tools: []}")).containsExactly("--tools=");
        assertThat(of("agent: {maxTurns: 1}")).noneMatch(arg -> arg.startsWith("--tools"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--dangerously-skip-permissions",
                "-p",
                "--",
                "=x",
                "a\n--mcp-config=/tmp/x",
                "a --settings b",
                "\"quoted\" 'too' $(id) `id` $HOME",
                "ünï 😀"
            })
    void aTextStaysOneValueOfItsFlagWhateverItLooksLike(String text) {
        List<String> args = CommandLine.of(
                Jobs.job(Map.of("agent", Map.of("systemPrompt", text))).getSpec(), null);
        assertThat(args).containsExactly("--system-prompt=" + text);
    }

    @Test
    void onlyTheTwoListsHaveValuesOutsideOfTheirFlag() {
        List<String> args = of("""
                model: m
                agent: {maxTurns: 1, allowedTools: [A, B], disallowedTools: [C], tools: [D], permissionMode: plan}
                """);
        assertThat(args)
                .filteredOn(arg -> arg.startsWith("--") && !arg.contains("="))
                .containsExactlyInAnyOrderElementsOf(LISTS);
    }
}
