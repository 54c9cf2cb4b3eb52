package dev.claudejob.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.faults.Campaign.Outcome;
import dev.claudejob.faults.Plan.Disturbance;
import dev.claudejob.faults.Plan.Disturbance.Absence;
import dev.claudejob.faults.Plan.Disturbance.Death;
import dev.claudejob.faults.Plan.Disturbance.Elected;
import dev.claudejob.faults.Plan.Disturbance.Illness;
import dev.claudejob.faults.Plan.Disturbance.Moment;
import dev.claudejob.faults.Plan.Disturbance.Pause;
import dev.claudejob.faults.Plan.Life;
import dev.claudejob.testing.ApiServer;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Plans that {@link FaultsIT} finds to hold are broken by an operator that breaks the protocol. */
class SeededMistakesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(Mistake.NO_GATE, new Pause(1, true), "starts of an agent"),
                Arguments.of(Mistake.NO_FINALIZER, new Absence(3), "nobody saw how it ended"),
                Arguments.of(Mistake.NO_COMPARE_AND_SWAP, new Pause(4, false), "an end that is on record stays"),
                Arguments.of(
                        Mistake.NO_COMPARE_AND_SWAP,
                        new Elected(4, Illness.IS_PAUSED),
                        "an end that is on record stays"),
                Arguments.of(Mistake.NO_RELEASE, new Death(5, Moment.AFTER_THE_ANSWER), "Pods that are held"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void anOperatorThatBreaksTheProtocolIsFound(Mistake mistake, Disturbance disturbance, String tells) {
        Plan plan = new Plan(Life.SUCCEEDS, disturbance, 0);

        Campaign campaign = new Campaign(ApiServer.shared(), mistake, PATIENCE);
        // Where the Pod is quicker than the operator the planned write is another one: no harm comes of the mistake
        // then.
        Outcome broken = Stream.generate(() -> campaign.run(plan))
                .limit(3)
                .filter(outcome -> outcome.violation() != null)
                .findFirst()
                .orElseThrow(() -> new AssertionError("held, three times: " + plan));

        assertThat(broken.violation()).contains(tells);
    }
}
