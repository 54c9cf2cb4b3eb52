package dev.claudejob.decide.model;

import static dev.claudejob.decide.model.Surroundings.Disturbance.CANCEL;
import static dev.claudejob.decide.model.Surroundings.Disturbance.DELETE_JOB;
import static dev.claudejob.decide.model.Surroundings.Disturbance.DELETE_POD;
import static dev.claudejob.decide.model.Surroundings.Disturbance.EDIT;
import static dev.claudejob.decide.model.Surroundings.Disturbance.FORCE_DELETE_POD;
import static dev.claudejob.decide.model.Surroundings.Disturbance.RECREATE_JOB;
import static dev.claudejob.decide.model.Surroundings.Disturbance.REMOVE_LABEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.decide.model.Explorer.Result;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The checker finds each mistake that can be made in the protocol, and finds none in the same circumstances without it. */
class SeededBugsTest {
    private static final int MOST = 400_000;

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void aSeededBugIsFound(Bug bug) {
        Case c = found(bug);
        Result result = Explorer.explore(c.scenario(), bug, MOST);
        assertThat(result.violation())
                .as(bug + " after " + result.states() + " states")
                .isNotNull();
        assertThat(result.violation().lines().reduce((a, b) -> b).orElseThrow()).startsWith(c.rule());
        // As far as it was gone until then, without the bug.
        assertThat(Explorer.explore(c.scenario(), Bug.NONE, result.states()).violation())
                .isNull();
    }

    /** @param rule that it breaks first */
    private record Case(String rule, Scenario scenario) {}

    private static Case found(Bug bug) {
        return switch (bug) {
            case NONE -> throw new IllegalArgumentException();
            case NO_GATE, GATE_BEFORE_RECORD -> new Case("I6", Scenario.of(1, 0, 0));
            case NO_FINALIZER -> new Case("I2", Scenario.of(1, 0, 1, DELETE_POD));
            case NO_COMPARE_AND_SWAP_ON_THE_INTENT -> new Case("I2", Scenario.of(2, 0, 0));
            case NO_COMPARE_AND_SWAP_ON_THE_END -> new Case("I2", Scenario.of(2, 0, 0));
            case NO_UID_TEST_AT_THE_GATE ->
                new Case("I6", Scenario.of(2, 1, 1, DELETE_POD).withoutOverload());
            case NO_UID_TEST_AT_THE_RELEASE ->
                new Case("I2", Scenario.of(2, 0, 2, DELETE_JOB, RECREATE_JOB).withoutOverload());
            case NO_VERSION_AT_THE_DELETION ->
                new Case("I2", Scenario.of(2, 0, 1, CANCEL).withoutOverload());
            case ALREADY_EXISTS_ADOPTED_BY_NAME -> new Case("I6", Scenario.of(1, 0, 2, DELETE_JOB, RECREATE_JOB));
            case NEXT_NUMBER_AFTER_A_TIMEOUT -> new Case("I6", Scenario.of(1, 1, 0));
            case SWEEP_WITHOUT_A_LIVE_LOOK ->
                new Case("I2", Scenario.of(2, 0, 2, DELETE_JOB, RECREATE_JOB).withoutOverload());
            case NO_SWEEP -> new Case("I5", Scenario.of(1, 0, 1, DELETE_JOB));
            case SECOND_POD_FOR_A_RECORDED_ATTEMPT -> new Case("I1", Scenario.of(2, 0, 0));
            case RELEASE_BEFORE_RECORD, SILENCE_BELIEVED_WITHOUT_A_LIVE_LOOK, SUCCESS_IS_RETRIED ->
                new Case("I2", Scenario.of(1, 0, 0));
            case LOST_WITHOUT_A_LIVE_LOOK -> new Case("I2", Scenario.of(2, 0, 0));
            case LOST_POD_IS_RETRIED -> new Case("I1", Scenario.of(1, 0, 1, FORCE_DELETE_POD));
            case CANCEL_WITHOUT_WAITING_FOR_THE_END -> new Case("I2", Scenario.of(1, 0, 1, CANCEL));
            case OLD_SPEC_IS_STARTED -> new Case("I6", Scenario.of(1, 0, 1, EDIT));
            case LEFTOVERS_ARE_KEPT -> new Case("I5", Scenario.of(1, 0, 1, CANCEL));
            case NO_RELEASE -> new Case("I5", Scenario.of(1, 0, 0));
            case NO_RECLAIM -> new Case("I4", Scenario.of(1, 0, 1, REMOVE_LABEL));
        };
    }
}
