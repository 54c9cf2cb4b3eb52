package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The helper is in the way of every request, and alone knows how a run ended: what becomes of a job when it is not well. */
@Timeout(300)
@ExtendWith(Testbed.class)
class HelperFailureE2E {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** The processes of a job's Pod once its agent uses its tool. */
    private static NodeProcesses atWork(Space space, String name) {
        await().atMost(PATIENCE)
                .until(() -> space.kubectl()
                        .tryRun("logs", "-l", "claudejob.dev/job-name=" + name, "-c", "claude", "--tail=-1")
                        .out()
                        .contains("\"tool_use\""));
        return new NodeProcesses(space.pods(name).getFirst().at("/metadata/uid").asText());
    }

    @Test
    void aHelperThatHangsIsSaidToHangAndIsStartedAgainAndTheJobGoesOn(Space space) {
        try (History history = History.of(space)) {
            space.job("job", "bash <<<sleep 15; echo slept>>>", "");
            space.withReason("job", "Running", PATIENCE);
            NodeProcesses node = atWork(space, "job");

            Instant hung = Instant.now();
            NodeProcesses.freeze(node.helper());

            Job waiting = space.withReason("job", "HelperFailed");
            assertThat(waiting.phase()).isEqualTo("Waiting");
            assertThat(waiting.message()).contains("does not answer").contains("starts it again");
            history.told("job", "HelperFailed", hung);
            Job job = space.finished("job", PATIENCE);
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertThat(job.text()).isEqualTo("slept");
            assertThat(job.status("/spend/0/outputTokens"))
                    .as("it goes on counting")
                    .isEqualTo("101");
        }
    }
}
