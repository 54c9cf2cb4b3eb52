package dev.claudejob.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HealthTest {
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private boolean watching = true;
    private final Health health = new Health(() -> watching, () -> now);

    private boolean after(Duration time) {
        now = now.plus(time);
        return health.good();
    }

    @Test
    void anApiServerThatIsAwayForSomeMinutesIsNoReasonForARestart() {
        assertThat(health.good()).isTrue();
        watching = false;
        assertThat(after(Duration.ofSeconds(10))).isTrue();
        assertThat(after(Duration.ofMinutes(5))).isTrue();
        watching = true;
        assertThat(after(Duration.ofSeconds(10))).isTrue();
        watching = false;
        assertThat(after(Duration.ofMinutes(6))).as("the next time counts anew").isTrue();
        assertThat(after(Duration.ofMinutes(6))).isTrue();
    }

    @Test
    void informersThatStayWithoutAWatchAre() {
        watching = false;
        assertThat(health.good()).isTrue();
        assertThat(after(Health.PATIENCE)).isFalse();
    }
}
