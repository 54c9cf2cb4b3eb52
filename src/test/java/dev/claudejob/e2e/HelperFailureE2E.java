package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The helper is in the way of every request, and alone knows how a run ended: what becomes of a job when it is not well. */
@Timeout(300)
@ExtendWith(Testbed.class)
class HelperFailureE2E {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** Another process uses up the container's memory, and the kernel takes the helper, as it would if it were alone there. */
    private static final String OUT_OF_MEMORY =
            "kill -STOP \"$2\"; echo 1000 >\"/proc/$2/oom_score_adj\"; echo $$ >\"$3\";"
                    + " head -c 120M /dev/zero | tail -n 1 >/dev/null";

    /** The processes of a job's Pod once its agent uses its tool. */
    private static NodeProcesses atWork(Space space, String name) {
        await().atMost(PATIENCE)
                .until(() -> space.kubectl()
                        .tryRun("logs", "-l", "claudejob.dev/job-name=" + name, "-c", "claude", "--tail=-1")
                        .out()
                        .contains("\"tool_use\""));
        return new NodeProcesses(space.pods(name).getFirst().at("/metadata/uid").asText());
    }

    /** The answer that brings the agent its tool is with the agent a moment before it is counted. */
    private static ProcessHandle helperThatHasCounted(NodeProcesses node) {
        ProcessHandle helper = node.helper();
        Path counts = Path.of("/proc/" + helper.pid() + "/root/state/counts.json");
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> Files.readString(counts).contains("[1000,50,3000,200]"));
        return helper;
    }

    @Test
    void aHelperThatHangsIsSaidToHangAndIsStartedAgainAndTheJobGoesOn(Space space) {
        try (History history = History.of(space)) {
            space.job("job", "bash <<<sleep 15; echo slept>>>", "");
            space.withReason("job", "Running", PATIENCE);
            ProcessHandle helper = helperThatHasCounted(atWork(space, "job"));

            Instant hung = Instant.now();
            NodeProcesses.freeze(helper);

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

    /** At its agent's end, before the kubelet tells it to stop: what it knew it could not tell. */
    @Test
    void aHelperThatEndsWithoutAWordHasItsOwnReasonAndOneThatHasSpokenCounts(Space space) throws Exception {
        try (History history = History.of(space)) {
            Map<String, String> deaths = Map.of(
                    "killed", "kill -KILL \"$2\"",
                    "hung", "kill -STOP \"$2\"",
                    "spoken",
                            "while kill -0 \"$2\" && ! [ -s \"/proc/$2/root/dev/termination-log\" ]; do :; done; kill -KILL \"$2\"",
                    "memory", OUT_OF_MEMORY);
            deaths.keySet().forEach(name -> space.job(name, "bash <<<sleep 15; echo slept>>>", ""));
            for (var death : deaths.entrySet()) {
                NodeProcesses node = atWork(space, death.getKey());
                ProcessHandle helper = node.helper();
                NodeProcesses.atTheEndOf(
                        node.agent(),
                        death.getValue(),
                        Long.toString(helper.pid()),
                        node.cgroupOf(helper).toString());
            }

            for (String name : List.of("killed", "hung")) {
                Job job = failed(space, history, name, "HelperFailed");
                assertThat(job.message()).contains("The helper did not tell how Claude Code did (exit code 0)");
                assertThat(helperEnd(space, name).path("exitCode").asInt()).isEqualTo(137);
            }
            Job memory = failed(space, history, "memory", "OutOfMemory");
            assertThat(memory.message()).contains("config.helper.resources.limits.memory");
            Job spoken = space.finished("spoken", PATIENCE);
            assertThat(spoken.phase()).as(spoken.message()).isEqualTo("Succeeded");
            assertThat(spoken.text()).isEqualTo("slept");
            System.out.println("the helper that had spoken ended with "
                    + helperEnd(space, "spoken").path("exitCode"));
        }
    }

    private static Job failed(Space space, History history, String name, String reason) {
        Job job = space.finished(name, PATIENCE);
        assertThat(job.phase()).as(name).isEqualTo("Failed");
        assertThat(job.reason()).as(name + ": " + job.message()).isEqualTo(reason);
        history.told(name, reason, history.bothEnded(name));
        assertThat(job.status().path("attempts")).as("it is not paid for twice").hasSize(1);
        assertThat(space.log(job, "claude")).as("its transcript").contains("\"result\":\"slept\"");
        return job;
    }

    private static JsonNode helperEnd(Space space, String name) {
        return space.pods(name).getFirst().at("/status/initContainerStatuses/0/state/terminated");
    }

    @Test
    void aHelperThatRunsOutOfMemoryWhileItsAgentWorksIsStartedAgainAndTheJobGoesOn(Space space) {
        space.job("job", "bash <<<sleep 25; echo slept>>>", "");
        NodeProcesses node = atWork(space, "job");
        ProcessHandle helper = helperThatHasCounted(node);

        NodeProcesses.sh(
                OUT_OF_MEMORY,
                "",
                Long.toString(helper.pid()),
                node.cgroupOf(helper).toString());

        await().atMost(PATIENCE)
                .until(() -> space.pods("job")
                        .getFirst()
                        .at("/status/initContainerStatuses/0/lastState/terminated/reason")
                        .asText()
                        .equals("OOMKilled"));
        Job job = space.finished("job", PATIENCE);
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).isEqualTo("slept");
        assertThat(job.status("/spend/0/outputTokens"))
                .as("it goes on counting")
                .isEqualTo("101");
    }
}
