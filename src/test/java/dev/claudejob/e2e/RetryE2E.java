package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class RetryE2E {
    private static final String EXHAUSTED = "sk-ant-oat01-demo-exhausted";
    private static final String REVOKED = "sk-ant-oat01-revoked";
    private static final String API_KEY_TOO = "    - apiKey: {secretKeyRef: {name: claude, key: apiKey}}";

    private static void apply(Space space, String token, String delivery, String more) {
        space.apply("retry", Map.of("token", token, "delivery", delivery, "more", more));
    }

    @Test
    void anOverloadedApiIsTriedAgainInAnotherAttempt(Space space) {
        String overload = space.standIn().answer(space.name(), """
                {"status": 529, "headers": {"Content-Type": "application/json", "x-should-retry": "false"},
                 "jsonBody": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}}""");
        apply(space, Space.OAUTH_TOKEN, "Helper", "");
        Job resting = space.withReason("job", "Overloaded");
        space.standIn().forget(overload);
        assertThat(resting.phase()).isEqualTo("Waiting");
        assertThat(resting.status("/resumeAt")).isNotEmpty();

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/retries")).isEqualTo("1");
        assertThat(job.status().path("attempts")).hasSize(2);
        assertThat(job.status("/attempts/0/reason")).isEqualTo("Overloaded");
        assertThat(Instant.parse(job.status("/attempts/1/startTime")))
                .isAfterOrEqualTo(Instant.parse(resting.status("/resumeAt")));
        assertThat(space.pods("job")).as("the first one is kept, with its log").hasSize(2);
    }

    @Test
    void anExhaustedSubscriptionParksTheJobUntilItResets(Space space) {
        apply(space, EXHAUSTED, "Helper", "");
        Job parked = space.withReason("job", "UsageLimit");

        assertThat(parked.phase()).isEqualTo("Waiting");
        assertThat(Duration.between(Instant.now(), Instant.parse(parked.status("/resumeAt"))))
                .as("what the API's headers said")
                .isBetween(Duration.ofMinutes(115), Duration.ofMinutes(122));
        assertThat(parked.status("/retries")).isEmpty();
        assertThat(parked.status("/cooldowns/0/credential")).isEqualTo("team/token");

        space.kubectl().run("patch", "claudejob", "job", "--type=merge", "-p", "{\"spec\":{\"cancel\":true}}");
        Job job = space.finished("job");
        assertThat(job.phase()).isEqualTo("Cancelled");
        assertThat(job.status().path("attempts")).hasSize(1);
        assertThat(job.status("/attempts/0/reason")).isEqualTo("UsageLimit");
    }

    @Test
    void aParkedJobGoesOnByItselfWhenItsLimitResets(Space space) {
        String limit = space.standIn().answer(space.name(), StandIn.limitedForSeconds(12));
        apply(space, Space.OAUTH_TOKEN, "Helper", "");
        Job parked = space.withReason("job", "UsageLimit");
        space.standIn().forget(limit);

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/retries")).isEmpty();
        assertThat(job.status().path("attempts")).hasSize(2);
        assertThat(Instant.parse(job.status("/attempts/1/startTime")))
                .isAfterOrEqualTo(Instant.parse(parked.status("/resumeAt")));
    }

    @Test
    void underEnvTheNextAttemptHasTheNextCredential(Space space) {
        apply(space, EXHAUSTED, "Env", API_KEY_TOO);

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/credential/name")).isEqualTo("claude/apiKey");
        assertThat(job.status("/credential/billing")).isEqualTo("Metered");
        assertThat(job.status("/attempts/0/credential")).isEqualTo("team/token");
        assertThat(job.status("/attempts/1/credential")).isEqualTo("claude/apiKey");
        assertThat(job.status("/retries")).isEmpty();
        assertThat(space.standIn().ofSession(job.session())).isNotEmpty().allSatisfy(request -> {
            assertThat(request.header("x-api-key")).isEqualTo(Space.API_KEY);
            assertThat(request.header("authorization")).isEmpty();
        });
    }

    @Test
    void onceEveryCredentialIsRefusedTheJobFailsWithTheLastOnesReason(Space space) {
        apply(space, REVOKED, "Env", "    - oauthToken: {secretKeyRef: {name: team, key: token}}");

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("AuthFailed");
        assertThat(job.status().path("attempts")).hasSize(1);
    }
}
