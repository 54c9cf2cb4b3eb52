package dev.claudejob.decide.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.decide.model.LineExplorer.Result;
import dev.claudejob.decide.model.LineModel.Disturbance;
import dev.claudejob.decide.model.LineModel.Setting;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The checker finds each mistake that can be made where jobs share a ClaudeCredential, and none in the same circumstances without it. */
class LineSeededBugsTest {
    private static final int MOST = 60_000;

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void aSeededBugIsFound(LineBug bug) {
        Case c = found(bug);
        Result result = LineExplorer.explore(c.setting(), bug, MOST);
        assertThat(result.violation())
                .as(bug + " after " + result.states() + " states")
                .isNotNull();
        assertThat(result.violation().lines().reduce((a, b) -> b).orElseThrow()).startsWith(c.rule());
        // As far as it was gone until then, without the bug.
        assertThat(LineExplorer.explore(c.setting(), LineBug.NONE, result.states())
                        .violation())
                .isNull();
    }

    /** @param rule that it breaks first */
    private record Case(String rule, Setting setting) {}

    private static Case found(LineBug bug) {
        return switch (bug) {
            case NONE -> throw new IllegalArgumentException();
            case ORDER_BY_NAME -> new Case("Q2", quiet(1));
            case MOST_AT_ONCE_IGNORED -> new Case("Q1", quiet(1));
            case NO_PROMISE -> new Case("Q1", disturbed(1, Disturbance.REFUSE_PODS));
            case USAGE_LIMIT_IGNORED -> new Case("Q3", new Setting(2, 1, 1, 0, 0, Set.of(), true));
            case REFUSED_JOB_HOLDS_THE_LINE -> new Case("Q5", disturbed(1, Disturbance.REFUSE_PODS));
            case DELETED_JOB_KEEPS_ITS_SLOT -> new Case("Q5", disturbed(1, Disturbance.DELETE_JOB));
            case NEW_LEADER_KNOWS_NO_JOBS -> new Case("Q2", faulty(1));
            case NOBODY_IS_CALLED -> new Case("Q5", quiet(1));
            case PROMISE_KEPT_AFTER_THE_LOOK -> new Case("Q5", disturbed(1, Disturbance.REFUSE_PODS));
            case PROMISE_DROPPED_AFTER_A_LOST_ANSWER, PROMISE_DROPPED_AT_A_CONFLICT -> new Case("Q4", faulty(1));
            case POD_DELETED_THAT_ANOTHER_MAY_RECORD -> new Case("I4", disturbed(2, Disturbance.EDIT_SECRET));
            case NUMBER_GIVEN_UP_WITHOUT_COMPARE_AND_SWAP -> new Case("I6", disturbed(2, Disturbance.EDIT_SECRET));
            case RECORD_WITHOUT_COMPARE_AND_SWAP -> new Case("I2", new Setting(1, 1, 2, 0, 0, Set.of(), false));
            case OLD_SECRET_IS_STARTED -> new Case("I6", disturbed(1, Disturbance.EDIT_SECRET));
        };
    }

    private static Setting quiet(int leaders) {
        return new Setting(2, 1, leaders, 0, 0, Set.of(), false);
    }

    private static Setting faulty(int leaders) {
        return new Setting(2, 1, leaders, 1, 0, Set.of(), false);
    }

    private static Setting disturbed(int leaders, Disturbance what) {
        return new Setting(leaders == 2 ? 1 : 2, 1, leaders, 0, 1, Set.of(what), false);
    }
}
