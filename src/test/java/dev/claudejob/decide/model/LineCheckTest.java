package dev.claudejob.decide.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.decide.model.LineExplorer.Result;
import dev.claudejob.decide.model.LineModel.Disturbance;
import dev.claudejob.decide.model.LineModel.Setting;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Nothing that can happen to jobs on one ClaudeCredential breaks a rule of {@link LineRules}. {@code -Dmodel.states=2000000} goes farther.
 */
class LineCheckTest {
    private static final int MOST = Integer.getInteger("model.states", 15_000);

    @Test
    void oneLeaderTwoJobsOneSlot() {
        check(new Setting(2, 1, 1, 1, 0, Set.of(), true));
    }

    @Test
    void twoLeadersTwoJobsOneSlot() {
        check(new Setting(2, 1, 2, 0, 0, Set.of(), false));
    }

    @Test
    void threeJobsTwoSlotsAndAllThatHappens() {
        check(new Setting(3, 2, 1, 1, 1, Set.of(Disturbance.values()), true));
    }

    @Test
    void twoLeadersFaultsAndAllThatHappens() {
        check(new Setting(2, 1, 2, 1, 1, Set.of(Disturbance.values()), true));
    }

    private static void check(Setting setting) {
        Result result = LineExplorer.explore(setting, LineBug.NONE, MOST);
        assertThat(result.violation()).isNull();
    }
}
