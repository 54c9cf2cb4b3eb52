package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class AgentE2E {
    @Test
    void anAgentUsesItsTools(Space space) {
        space.apply("tools");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).contains("hello from the tool");
        assertThat(job.status("/usage/turns")).isEqualTo("2");
    }

    @Test
    void aToolThatIsNotAllowedIsDeniedAndCounted(Space space) {
        space.apply("denied-tool");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/permissionDenials/0/tool")).isEqualTo("Bash");
        assertThat(job.status("/permissionDenials/0/count")).isEqualTo("1");
    }

    @Test
    void structuredOutputIsInStatusAsItIs(Space space) {
        space.apply("structured");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/result/structured/verdict")).isEqualTo("fine");
        assertThat(job.status().at("/result/structured/files").intValue()).isEqualTo(3);
        assertThat(job.status("/result/structured/names/0")).isEqualTo("ä");
        assertThat(job.status("/result/structured/names/1")).isEqualTo("$(HOME)");
    }

    @Test
    void anAgentThatNeedsMoreTurnsThanAllowedFails(Space space) {
        space.apply("max-turns");

        Job job = space.finished("job");

        assertThat(job.phase()).isEqualTo("Failed");
        assertThat(job.reason()).isEqualTo("MaxTurns");
        assertThat(job.message()).contains("agent.maxTurns");
        assertThat(job.status("/usage/costUSD")).isNotEmpty();
    }
}
