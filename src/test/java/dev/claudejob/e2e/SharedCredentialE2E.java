package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class SharedCredentialE2E {
    private static final String EXHAUSTED = "sk-ant-oat01-demo-exhausted";
    private static final String REVOKED = "sk-ant-oat01-revoked";

    private static void share(Space space, int jobs) {
        space.apply("shared-credential", Map.of("jobs", Integer.toString(jobs)));
    }

    private static void secret(Space space, String token) {
        space.kubectl().apply("""
                apiVersion: v1
                kind: Secret
                metadata: {name: team}
                stringData: {token: %s}
                """.formatted(token));
    }

    private static void job(Space space, String name, String prompt) {
        space.apply("shared-job", Map.of("name", name, "prompt", prompt));
    }

    /** What {@code kubectl get ccred} prints, below its headings. */
    private static List<String> look(Space space) {
        String line = space.kubectl()
                .run("get", "ccred", "team", "--no-headers")
                .lines()
                .findFirst()
                .orElseThrow();
        return Arrays.asList(line.strip().split("\\s+"));
    }

    private static void awaitLook(Space space, String ready, String reason) {
        await().atMost(Space.PATIENCE)
                .untilAsserted(() -> assertThat(look(space)).contains(ready, reason));
    }

    @Test
    void whatOneJobMeetsOnAnExhaustedSubscriptionParksTheOthersUnstarted(Space space) {
        secret(space, EXHAUSTED);
        share(space, 1);
        Stream.of("one", "three", "two").forEach(name -> job(space, name, "scenario:text"));

        List<Job> jobs = Stream.of("one", "three", "two")
                .map(name -> space.withReason(name, "UsageLimit"))
                .toList();

        assertThat(jobs).allSatisfy(job -> {
            assertThat(job.phase()).isEqualTo("Waiting");
            assertThat(Instant.parse(job.status("/resumeAt")))
                    .isAfter(Instant.now().plusSeconds(110 * 60));
        });
        assertThat(jobs)
                .as("only one of them found it out")
                .filteredOn(job -> !job.status("/attempt").isEmpty())
                .hasSize(1);
        assertThat(Space.items(space.kubectl().json("get", "pods"))).hasSize(1);
        awaitLook(space, "False", "UsageLimited");
        // Jobs are counted every few seconds.
        await().atMost(Space.PATIENCE)
                .untilAsserted(() -> assertThat(look(space).subList(0, 6))
                        .containsExactly("team", "False", "UsageLimited", "0", "1", "3"));
        List<String> look = look(space);
        assertThat(Instant.parse(look.get(6))).isAfter(Instant.now().plusSeconds(110 * 60));
        assertThat(look.subList(7, 9)).as("used%, last error").containsExactly("100", "UsageLimited");
        assertThat(space.kubectl()
                        .run(
                                "get",
                                "ccred",
                                "team",
                                "-o",
                                "jsonpath={range .status.utilization[*]}{.limitType} {.percent},{end}"))
                .isEqualTo("five_hour 100,seven_day 41,");
        assertThat(space.kubectl().run("get", "ccred", "team", "-o", "wide"))
                .contains("oauthToken", "Subscription", "The five_hour usage limit is reached");
    }

    /** The API says of an account without credit what it says of a wrong request: a 400. */
    @Test
    void anAccountWithoutCreditIsMetByOneJob(Space space) {
        secret(space, Space.OAUTH_TOKEN);
        share(space, 5);
        job(space, "first", "scenario:400-credit");
        assertThat(space.withReason("first", "BillingProblem").phase()).isEqualTo("Failed");
        awaitLook(space, "False", "BillingProblem");

        job(space, "second", "scenario:text");

        assertThat(space.withReason("second", "BillingProblem").phase()).isEqualTo("Waiting");
        assertThat(space.pods("second")).isEmpty();
    }

    @Test
    void jobsTakeTurns(Space space) {
        secret(space, Space.OAUTH_TOKEN);
        share(space, 1);
        assertThat(look(space)).doesNotContain("False");
        List<String> names = List.of("a", "b", "c");
        names.forEach(name -> job(space, name, "scenario:slow:3"));
        assertThat(space.withReason("c", "Queued").phase()).isEqualTo("Waiting");

        List<Job> jobs = names.stream().map(space::finished).toList();

        assertThat(jobs)
                .allSatisfy(job -> assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded"));
        for (int i = 1; i < jobs.size(); i++) {
            assertThat(Instant.parse(jobs.get(i).status("/attempts/0/startTime")))
                    .as("%s after %s", names.get(i), names.get(i - 1))
                    .isAfterOrEqualTo(Instant.parse(jobs.get(i - 1).status("/attempts/0/endTime")));
        }
        assertThat(jobs.getFirst().status("/credential/name")).isEqualTo("team/token");
        assertThat(jobs.getFirst().status("/credential/credentialRef/name")).isEqualTo("team");
        awaitLook(space, "True", "Valid");
    }

    @Test
    void aRefusedTokenIsMetByOneJobAndOnceItIsReplacedAllGoOn(Space space) {
        secret(space, REVOKED);
        share(space, 5);
        job(space, "first", "scenario:text");
        assertThat(space.withReason("first", "AuthFailed").phase()).isEqualTo("Waiting");
        awaitLook(space, "False", "AuthFailed");

        job(space, "second", "scenario:text");
        assertThat(space.withReason("second", "AuthFailed").status("/attempt")).isEmpty();
        assertThat(space.pods("second")).isEmpty();

        secret(space, Space.OAUTH_TOKEN);

        assertThat(space.finished("first").phase()).isEqualTo("Succeeded");
        assertThat(space.finished("second").phase()).isEqualTo("Succeeded");
        awaitLook(space, "True", "Valid");
    }

    @Test
    void aSharedCredentialThatFollowsIsMovedToByTheNextAttempt(Space space) {
        secret(space, Space.OAUTH_TOKEN);
        share(space, 1);
        space.apply("secret-late", Map.of("key", "token", "token", EXHAUSTED));
        space.apply("shared-second");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status().path("attempts")).hasSize(2);
        assertThat(job.status("/attempts/0/credential")).isEqualTo("late/token");
        assertThat(job.status("/attempts/0/reason")).isEqualTo("UsageLimit");
        assertThat(job.status("/attempts/1/credential")).isEqualTo("team/token");
        assertThat(job.status("/attempts/1/credentialRef/name")).isEqualTo("team");
        assertThat(job.status("/retries")).as("retries spent").isEmpty();
        assertThat(space.pods("job").getFirst().at("/spec/volumes").findValuesAsText("secretName"))
                .as("a run has no credential that is not its own")
                .hasSize(1);
    }

    /** Within a run a missing Secret is passed over after ten seconds; here the way back would be an attempt. */
    @Test
    void aSecretOfItsOwnIsWaitedForWhereTheNextCredentialIsShared(Space space) {
        secret(space, Space.OAUTH_TOKEN);
        share(space, 1);
        space.apply("shared-second");
        space.withReason("job", "CredentialMissing");
        await().during(Duration.ofSeconds(15))
                .atMost(Space.PATIENCE)
                .until(() -> space.job("job").reason().equals("CredentialMissing"));

        space.apply("secret-late", Map.of("key", "token", "token", Space.OAUTH_TOKEN));

        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status().path("attempts")).hasSize(1);
        assertThat(job.status("/credential/name")).isEqualTo("late/token");
    }

    @Test
    void everythingMayComeLate(Space space) {
        job(space, "early", "scenario:text");
        Job waiting = space.withReason("early", "CredentialMissing");
        assertThat(waiting.message()).contains("ClaudeCredential team does not exist");
        assertThat(space.pods("early")).isEmpty();

        share(space, 1);
        awaitLook(space, "False", "Missing");

        secret(space, Space.OAUTH_TOKEN);

        Job job = space.finished("early");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/attempt")).isEqualTo("1");
    }
}
