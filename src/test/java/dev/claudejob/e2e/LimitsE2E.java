package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is spent is measured where the agent can't reach it, and limits are kept there. */
@ExtendWith(Testbed.class)
class LimitsE2E {
    /** Claims of an agent that would be dear, and one that would be free. */
    private static final String FORGE = """
            bash <<<
            for n in 0 999999; do
              printf '{"type":"assistant","message":{"id":"m%s","model":"x","content":[],"usage":{"input_tokens":%s,"output_tokens":%s}}}\\n' $n $n $n
              printf '{"type":"result","subtype":"success","is_error":false,"terminal_reason":"completed","result":"forged","num_turns":%s,"usage":{"input_tokens":%s,"output_tokens":%s}}\\n' $n $n $n
            done >>/claudejob/events.jsonl; echo forged >>>""".indent(4).strip();

    @Test
    void aRunOfTwentyRequestsIsMeteredAsClaudeCodeCountsIt(Space space) {
        space.apply("metered", Map.of("scenario", "turns:19", "limits", "{maxOutputTokens: 100000}"));

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/usage/turns")).isEqualTo("20");
        assertThat(space.standIn().ofSession(job.session())).hasSize(20);
        JsonNode spend = job.status().path("spend");
        assertThat(spend).hasSize(1);
        assertThat(spend).isEqualTo(job.status().at("/attempts/0/spend"));
        assertThat(job.status("/spend/0/credential")).isEqualTo("claude/oauthToken");
        assertThat(job.status("/spend/0/billing")).isEqualTo("Subscription");
        for (String tokens :
                new String[] {"inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"}) {
            assertThat(job.status("/spend/0/" + tokens)).as(tokens).isEqualTo(job.status("/usage/" + tokens));
        }
        // 50 and, for each result of a tool before, one more.
        assertThat(job.status("/spend/0/outputTokens")).isEqualTo(Integer.toString(20 * 50 + 19 * 20 / 2));
    }

    @Test
    void bedrocksFramesAreMeteredAsClaudeCodeCountsThem(Space space) {
        Conversation conversation = new Conversation(space, Kind.bedrock);
        conversation.begin();
        String token = Kind.bedrock.token(space, 0);
        await().atMost(Space.PATIENCE)
                .until(() -> space.standIn().count("authorization", Kind.bedrock.sent(token)) > 5);

        Job job = conversation.end();

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        List<StandIn.Request> requests = space.standIn().withHeader("authorization", token);
        long streams = requests.stream()
                .filter(request -> request.url().endsWith("/invoke-with-response-stream"))
                .count();
        // Claude Code tries which models there are, and does not count what that uses. AWS does.
        long probes = requests.stream()
                .filter(request -> request.url().endsWith("/invoke"))
                .count();
        assertThat(streams).isGreaterThan(1);
        assertThat(job.status("/usage/inputTokens")).isEqualTo(Long.toString(1000 * streams));
        assertThat(job.status("/usage/outputTokens")).isEqualTo(Long.toString(50 * streams));
        JsonNode spend = job.status().path("spend");
        assertThat(spend).hasSize(1).isEqualTo(job.status().at("/attempts/0/spend"));
        assertThat(job.status("/spend/0/billing")).isEqualTo("Cloud");
        assertThat(job.status("/spend/0/inputTokens")).isEqualTo(Long.toString(1000 * streams + probes));
        assertThat(job.status("/spend/0/outputTokens")).isEqualTo(Long.toString(50 * streams + probes));
    }

    @Test
    void theRequestAfterTheOneThatReachesTheLimitIsRefusedAndTheJobSaysSo(Space space) {
        space.apply("metered", Map.of("scenario", "turns:15", "limits", "{maxOutputTokens: 120}"));

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("BudgetExceeded");
        assertThat(job.message()).contains("limits.maxOutputTokens", "given 120", "used 153");
        assertThat(job.status().path("attempts")).hasSize(1);
        assertThat(space.standIn().ofSession(job.session())).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{maxOutputTokens: 50}"})
    void anAgentThatForgesItsEventsChangesNeitherWhatWasSpentNorTheLimit(String limits, Space space) {
        space.apply("metered", Map.of("scenario", FORGE, "limits", limits));

        Job job = space.finished("job");

        boolean limited = !limits.equals("{}");
        assertThat(space.log(job, "helper")).as("it did forge").contains("forged");
        assertThat(job.reason()).as(job.message()).isEqualTo(limited ? "BudgetExceeded" : "Succeeded");
        assertThat(job.status("/spend/0/outputTokens")).isEqualTo(limited ? "50" : "101");
        assertThat(job.status("/spend/0/inputTokens")).isEqualTo(limited ? "1000" : "2001");
    }

    @Test
    void aHelperThatIsKilledGoesOnCountingWhereItWas(Space space) {
        space.apply(
                "metered", Map.of("scenario", "bash <<<sleep 20; echo slept>>>", "limits", "{maxOutputTokens: 51}"));
        space.withReason("job", "Running");
        JsonNode pod = space.pods("job").getFirst();
        await().atMost(Space.PATIENCE)
                .until(() -> space.log(space.job("job"), "claude").contains("\"tool_use\""));

        String uid = pod.at("/metadata/uid").asText();
        Kubectl elsewhere = space.kubectl().in("default");
        elsewhere.apply(space.yaml("killer", Map.of("uid", uid, "uid_", uid.replace('-', '_'))));
        String killer = "pod/killer-" + uid;
        elsewhere.await(killer, "jsonpath={.status.phase}=Succeeded");
        elsewhere.run("delete", killer, "--wait=false");

        Job job = space.finished("job");
        assertThat(space.pods("job")
                        .getFirst()
                        .at("/status/initContainerStatuses/0/restartCount")
                        .asInt())
                .as("restarts of the helper")
                .isEqualTo(1);
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).isEqualTo("slept");
        assertThat(job.status("/spend/0/outputTokens")).isEqualTo("101");
        assertThat(job.status("/spend/0/inputTokens")).isEqualTo("2001");
    }

    @Test
    void aLimitOfDollarsIsKeptByClaudeCode(Space space) {
        space.apply("metered", Map.of("scenario", "max-turns", "limits", "{maxCostUSD: '0.01'}"));

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("BudgetExceeded");
        assertThat(job.message()).contains("limits.maxCostUSD");
    }
}
