package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Testbed.class)
class StopE2E {
    private static final String CANCEL = "{\"spec\":{\"cancel\":true}}";

    @Test
    void anAgentThatIsCancelledAtWorkIsInterruptedAndWhatItDidIsOnRecord(Space space) {
        Job running = busy(space);

        space.kubectl().run("patch", "claudejob", "job", "--type=merge", "-p", CANCEL);
        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Cancelled");
        assertThat(job.reason()).isEqualTo("Cancelled");
        assertThat(job.status("/usage/turns")).isNotEmpty();
        assertThat(job.status("/usage/costUSD")).isNotEmpty();
        assertThat(job.status("/attempts/0/podUID")).isEqualTo(running.status("/attempts/0/podUID"));
        assertThat(space.log(job, "claude")).contains(job.session());
        assertThat(condition(job, "Failed")).isEqualTo("True");
        assertThat(condition(job, "Complete")).isEqualTo("False");
    }

    @Test
    void anAgentThatIsCancelledWhileTheApiAnswersIsInterrupted(Space space) {
        running(space);

        space.kubectl().run("patch", "claudejob", "job", "--type=merge", "-p", CANCEL);
        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Cancelled");
        assertThat(job.status("/attempts/0/exitCode")).isEqualTo("143");
        assertThat(job.session()).isNotEmpty();
    }

    @Test
    void aJobThatNoNodeTakesSaysSoAndCanBeCancelled(Space space) {
        space.apply("unschedulable");
        Job waiting = space.withReason("job", "Unschedulable");
        assertThat(waiting.phase()).isEqualTo("Waiting");
        assertThat(waiting.message()).contains("node");

        space.kubectl().run("patch", "claudejob", "job", "--type=merge", "-p", CANCEL);
        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Cancelled");
        space.kubectl().awaitEnd("pod/" + job.pod());
    }

    @ParameterizedTest
    @ValueSource(strings = {"background", "foreground"})
    void aJobThatIsDeletedWhileItRunsLeavesNothing(String cascade, Space space) {
        Job job = running(space);

        space.kubectl().run("delete", "claudejob", "job", "--cascade=" + cascade, "--wait=true", "--timeout=30s");

        space.kubectl().awaitEnd("pod/" + job.pod());
        assertThat(space.pods("job")).isEmpty();
        assertThat(space.kubectl().run("get", "configmaps", "-o", "name").strip())
                .isEqualTo("configmap/kube-root-ca.crt");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPodThatSomeoneDeletesIsOnRecordAsLost(boolean leavesAResult, Space space) {
        Job running = leavesAResult ? busy(space) : running(space);

        space.kubectl().run("delete", "pod", running.pod(), "--wait=false");
        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("PodLost");
        assertThat(job.message()).contains(running.pod());
        space.kubectl().awaitEnd("pod/" + job.pod());
        assertThat(job.status().path("attempts")).hasSize(1);
    }

    @Test
    void aPodThatIsForcedAwayWithItsFinalizerIsLostToo(Space space) {
        Job running = running(space);

        space.kubectl().run("delete", "pod", running.pod(), "--grace-period=0", "--force", "--wait=false");
        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("PodLost");
        space.kubectl().awaitEnd("pod/" + job.pod());
    }

    @Test
    void aNamespaceWithARunningJobGoesWhenItIsDeleted(Space space) {
        running(space);

        space.kubectl().run("delete", "namespace", space.name(), "--wait=false");

        space.kubectl().awaitEnd("namespace/" + space.name());
    }

    private static Job running(Space space) {
        space.apply("slow", Map.of("seconds", "60"));
        return space.withReason("job", "Running");
    }

    /** An agent that is interrupted at this moment writes a result. */
    private static Job busy(Space space) {
        space.apply("busy-tool");
        Job running = space.withReason("job", "Running");
        await().atMost(Space.PATIENCE)
                .until(() -> space.kubectl()
                        .tryRun("exec", running.pod(), "-c", "claude", "--", "test", "-e", "started")
                        .ok());
        return running;
    }

    static String condition(Job job, String type) {
        for (JsonNode condition : job.status().path("conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition.path("status").asText();
            }
        }
        return "";
    }
}
