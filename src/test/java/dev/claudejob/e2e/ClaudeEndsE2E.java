package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** How Claude Code itself says that it failed: each way has its reason. What is missing here has a test of its own. */
@Timeout(300)
@ExtendWith(Testbed.class)
class ClaudeEndsE2E {
    private static final String SCHEMA =
            ", outputSchema: {type: object, properties: {verdict: {type: string}}, required: [verdict]}";

    /** Jobs at once: each row of the table is one, by its scenario. */
    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("400", "InvalidRequest"),
            Map.entry("404", "InvalidRequest"),
            Map.entry("403", "AuthFailed"),
            Map.entry("400-credit", "BillingProblem"),
            Map.entry("400-long", "PromptTooLong"),
            Map.entry("max-tokens", "MaxOutputTokens"),
            Map.entry("refusal", "Refused"),
            Map.entry("structured-missing", "StructuredOutputInvalid"),
            Map.entry("structured-wrong", "StructuredOutputInvalid"));

    @Test
    void eachEndOfItsTableHasItsReason(Space space) {
        try (History history = History.of(space)) {
            REASONS.keySet()
                    .forEach(scenario -> space.apply(
                            "failing",
                            Map.of(
                                    "name",
                                    "job-" + scenario,
                                    "scenario",
                                    scenario,
                                    "agent",
                                    scenario.startsWith("structured") ? SCHEMA : "",
                                    "retries",
                                    "0",
                                    "more",
                                    "")));
            REASONS.forEach((scenario, reason) -> {
                Job job = space.finished("job-" + scenario, Duration.ofSeconds(120));
                assertThat(job.phase()).as(scenario).isEqualTo("Failed");
                assertThat(job.reason()).as(scenario + ": " + job.message()).isEqualTo(reason);
                assertThat(job.message()).doesNotContain("null");
                history.told("job-" + scenario, reason, history.bothEnded("job-" + scenario));
            });
        }
    }
}
