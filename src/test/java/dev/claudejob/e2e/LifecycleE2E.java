package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class LifecycleE2E {
    private static final Map<String, String> OAUTH = Map.of("kind", "oauthToken", "delivery", "Helper");

    @Test
    void whatAPersonAtATerminalSees(Space space) {
        space.apply("credential", OAUTH);

        space.kubectl().await("claudejob/job", "condition=Complete");
        space.kubectl().await("claudejob/job", "condition=Finished");

        Job job = space.job("job");
        assertThat(StopE2E.condition(job, "Failed")).isEqualTo("False");
        assertThat(StopE2E.condition(job, "Ready")).isEqualTo("True");
        assertThat(StopE2E.condition(job, "Reconciling")).isEqualTo("False");

        List<List<String>> rows = table(space, "get", "claudejobs");
        assertThat(rows.getFirst()).containsExactly("NAME", "PHASE", "REASON", "CREDENTIAL", "TURNS", "COST", "AGE");
        assertThat(rows.getLast())
                .startsWith("job", "Succeeded", "Succeeded", "claude/oauthToken", "1", job.status("/usage/costUSD"));
        assertThat(table(space, "get", "claudejobs", "-o", "wide").getLast()).contains(job.session());

        assertThat(space.kubectl().run("logs", "-l", "claudejob.dev/job-name=job", "-c", "claude"))
                .contains("Hello from the stand-in");
    }

    @Test
    void aJobThatFailsIsWaitedForInTheSameWay(Space space) {
        space.apply("max-turns");

        space.kubectl().await("claudejob/job", "condition=Failed");
        space.kubectl().await("claudejob/job", "condition=Finished");
        assertThat(StopE2E.condition(space.job("job"), "Stalled")).isEqualTo("True");
    }

    @Test
    void aJobTellsOfItsStartAndItsEndAndOfNothingElse(Space space) {
        space.apply("tools");
        Job job = space.finished("job");

        // An Event is written after the status that it tells of.
        await().untilAsserted(() -> assertThat(space.events("job"))
                .extracting(event -> event.path("reason").asText())
                .containsExactlyInAnyOrder("Started", "Succeeded"));

        await().untilAsserted(() -> assertThat(space.pods("job").getFirst().at("/metadata/finalizers"))
                .as("the Pod is released")
                .isEmpty());
        assertThat(job.status().path("attempts")).hasSize(1);
    }

    @Test
    void aJobGoesWhenItsTimeToLiveIsOver(Space space) {
        space.apply("ttl");

        space.kubectl().awaitEnd("claudejob/job");

        assertThat(space.events("job"))
                .extracting(event -> event.path("reason").asText())
                .contains("Succeeded");
        await().atMost(Space.PATIENCE)
                .untilAsserted(() -> assertThat(space.pods("job")).isEmpty());
    }

    @Test
    void aNamespaceAndItsJobCanBeAppliedAtOnce(Space space) {
        Space other = new Space(space.kubectl().in(space.name() + "-2"), space.standIn());
        try {
            other.apply("own-namespace", Map.of("oauthToken", Space.OAUTH_TOKEN));

            Job job = other.finished("job");

            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        } finally {
            other.delete();
        }
    }

    private static List<List<String>> table(Space space, String... command) {
        return space.kubectl()
                .run(command)
                .lines()
                .map(line -> List.of(line.split("\\s+")))
                .toList();
    }
}
