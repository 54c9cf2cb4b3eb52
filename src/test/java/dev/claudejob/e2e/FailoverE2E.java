package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.e2e.StandIn.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A subscription first and an API key after it: the run goes on with the second, and the agent notices nothing. */
@ExtendWith(Testbed.class)
class FailoverE2E {
    private static Job run(Space space, String token, String key, String prompt) {
        space.apply("failover", Map.of("token", token, "key", key, "prompt", prompt));
        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status().path("attempts")).hasSize(1);
        return job;
    }

    private static void usedLast(Job job, String credential) {
        assertThat(job.status("/credential/name")).isEqualTo(credential);
        assertThat(job.status("/credential/billing")).isEqualTo("Metered");
        assertThat(job.status("/attempts/0/credential")).isEqualTo(credential);
    }

    @Test
    void aSubscriptionThatRunsOutDuringTheRunIsFollowedByTheApiKey(Space space) {
        Job job = run(space, Space.OAUTH_TOKEN, "token", "'scenario:turns:3, running-out'");

        JsonNode spend = job.status().at("/attempts/0/spend");
        assertThat(spend).hasSize(2).isEqualTo(job.status().path("spend"));
        assertThat(spend.at("/0/credential").asText()).isEqualTo("team/token");
        assertThat(spend.at("/0/billing").asText()).isEqualTo("Subscription");
        assertThat(spend.at("/0/outputTokens").asInt()).isEqualTo(50);
        assertThat(spend.at("/1/credential").asText()).isEqualTo("claude/apiKey");
        assertThat(spend.at("/1/billing").asText()).isEqualTo("Metered");
        assertThat(spend.at("/1/outputTokens").asInt()).isEqualTo(51 + 52 + 53);
        assertThat(job.status("/usage/outputTokens")).isEqualTo("206");
        usedLast(job, "claude/apiKey");

        List<Request> requests = space.standIn().ofSession(job.session());
        assertThat(requests)
                .extracting(r -> r.header("authorization"))
                .containsExactly("Bearer " + Space.OAUTH_TOKEN, "Bearer " + Space.OAUTH_TOKEN, "", "", "");
        assertThat(requests)
                .extracting(r -> r.header("x-api-key"))
                .containsExactly("", "", Space.API_KEY, Space.API_KEY, Space.API_KEY);
        assertThat(requests.get(1).body())
                .as("the same request again")
                .isEqualTo(requests.get(2).body());
        assertThat(requests)
                .allSatisfy(r -> assertThat(r.header("anthropic-beta").contains("oauth-"))
                        .isEqualTo(r.header("x-api-key").isEmpty()));
        assertThat(space.log(job, "claude")).as("the agent notices nothing").doesNotContain("api_retry", "rejected");
    }

    @ParameterizedTest
    @CsvSource({
        "sk-ant-oat01-demo-exhausted, token, usage limit",
        "sk-ant-oat01-revoked, token, refused",
        "sk-ant-oat01-demo, other, not there yet"
    })
    void aCredentialThatIsOfNoUseFromTheBeginningIsFollowedByTheNext(
            String token, String key, String why, Space space) {
        Job job = run(space, token, key, "scenario:tools");

        assertThat(job.status("/spend/0/credential")).isEqualTo("claude/apiKey");
        assertThat(job.status().path("spend")).hasSize(1);
        usedLast(job, "claude/apiKey");
        assertThat(job.status("/spend/0/inputTokens")).isEqualTo(job.status("/usage/inputTokens"));
        assertThat(space.log(job, "helper"))
                .contains(why, "credential claude/apiKey")
                .doesNotContain("sk-ant");
    }
}
