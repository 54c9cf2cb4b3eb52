package dev.claudejob.decide.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.decide.model.Explorer.Result;
import dev.claudejob.decide.model.Surroundings.Disturbance;
import org.junit.jupiter.api.Test;

/**
 * Nothing that can happen breaks a rule of {@link Rules}: every state is visited that a few faults and disturbances lead to. A failure tells the shortest story
 * that leads there. {@code -Dmodel.states=5000000} goes on with more of both.
 */
class ModelCheckTest {
    private static final int ENOUGH = Integer.MAX_VALUE;

    @Test
    void aLeaderMayDieAtAnyStepWhateverElseHappensOnce() {
        Result result = explore(Scenario.of(1, 1, 1, Disturbance.values()), ENOUGH);
        assertThat(result.complete()).isTrue();
        assertThat(result.states()).isGreaterThan(100_000);
    }

    @Test
    void twoLeadersMayBeAtWorkAtOnceWithOldViews() {
        Result result = explore(Scenario.of(2, 0, 0), ENOUGH);
        assertThat(result.complete()).isTrue();
        assertThat(result.states()).isGreaterThan(100_000);
    }

    @Test
    void twoLeadersLateRequestsAndDisturbancesTogetherAsFarAsTimeAllows() {
        explore(Scenario.of(2, 1, 1, Disturbance.values()), Integer.getInteger("model.states", 60_000));
    }

    private static Result explore(Scenario scenario, int most) {
        Result result = Explorer.explore(scenario, Bug.NONE, most);
        assertThat(result.violation()).isNull();
        return result;
    }
}
