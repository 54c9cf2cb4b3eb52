package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Testbed.class)
class FailureE2E {
    /** Nobody listens there: the node learns it at once. */
    private static final String NO_REGISTRY = "localhost:1/no/such:image";

    @ParameterizedTest
    @ValueSource(strings = {"Helper", "Env"})
    void aRefusedCredentialFailsTheJob(String delivery, Space space) {
        space.apply("refused-credential", Map.of("delivery", delivery));

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("AuthFailed");
        assertThat(job.message()).contains("HTTP 401").contains("Secret");
    }

    @Test
    void anImageThatCanNotBePulledIsWaitedForAndThenFailsTheJob(Space space) {
        space.apply("image", Map.of("image", NO_REGISTRY, "policy", "Always"));

        Job waiting = space.withReason("job", "ImagePull");
        assertThat(waiting.phase()).isEqualTo("Waiting");
        assertThat(waiting.message()).contains(NO_REGISTRY).contains("imagePullSecrets");

        Job job = space.finished("job");
        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("ImagePull");
        assertThat(job.message()).contains(NO_REGISTRY);
    }

    @Test
    void anImageThatNoRuntimeTakesFailsTheJobAtOnce(Space space) {
        space.apply("image", Map.of("image", "Not/A/Name::", "policy", "IfNotPresent"));

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("ImagePull");
        assertThat(job.message()).contains("Not/A/Name::").contains("template.image");
        assertThat(job.status().path("durationSeconds").asInt()).isZero();
    }

    @Test
    void anImageWithoutAShellFailsTheJob(Space space) {
        space.apply("image", Map.of("image", "claudejob/pause:testbed", "policy", "Never"));

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("PodRejected");
        assertThat(job.message()).contains("/bin/sh");
    }

    @Test
    void anImageWithoutClaudeFailsTheJob(Space space) {
        space.apply("image", Map.of("image", "claudejob/operator:dev", "policy", "Never"));

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("CliError");
        assertThat(job.message()).contains("exit code 127").contains("claude");
    }

    @Test
    void aJobThatRunsTooLongIsStoppedAndItsLogStays(Space space) {
        space.apply("deadline");

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("DeadlineExceeded");
        assertThat(job.message()).contains("activeDeadlineSeconds (3 s)");
        assertThat(space.log(job, "claude")).contains("\"type\":\"system\"").contains(job.session());
    }
}
