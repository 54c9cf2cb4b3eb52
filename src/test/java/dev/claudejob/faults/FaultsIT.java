package dev.claudejob.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.faults.Campaign.Outcome;
import dev.claudejob.faults.Plan.Disturbance.Absence;
import dev.claudejob.faults.Plan.Disturbance.Death;
import dev.claudejob.faults.Plan.Disturbance.Elected;
import dev.claudejob.faults.Plan.Disturbance.Faults;
import dev.claudejob.faults.Plan.Disturbance.Illness;
import dev.claudejob.faults.Plan.Disturbance.Kind;
import dev.claudejob.faults.Plan.Disturbance.Moment;
import dev.claudejob.faults.Plan.Disturbance.Outage;
import dev.claudejob.faults.Plan.Disturbance.Pause;
import dev.claudejob.faults.Plan.Life;
import dev.claudejob.testing.ApiServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Jobs under operators that die at each of their writes, that are stopped and go on, and whose line to the apiserver fails in every way.
 * {@code make test} runs a part of the plans; {@code make faults} runs them all, and those left to chance as often as asked for.
 */
class FaultsIT {
    private static final int PLANS = Integer.getInteger("faults.plans", 20);
    /** Part of the names of plans that are run alone, each once; empty: no such choice. */
    private static final String ONLY = System.getProperty("faults.only", "");

    /** In {@code make test} two; all of them where all others are run too. */
    private static final int ONE_ELECTED_IN = 8;

    private static final Duration OUTAGE = Duration.ofSeconds(20);
    private static final long SEED = Long.getLong("faults.seed", 1);

    /** The most writes that an undisturbed job of each life takes. */
    private static int writes(Life life) {
        return switch (life) {
            case SUCCEEDS, FAILS -> 6;
            case IS_CANCELLED -> 7;
            case IS_RETRIED -> 12;
        };
    }

    private static List<Plan> systematic() {
        return Stream.of(Life.values())
                .flatMap(life -> IntStream.rangeClosed(1, writes(life))
                        .boxed()
                        .flatMap(n -> Stream.concat(
                                Stream.of(Moment.values()).map(moment -> new Death(n, moment)),
                                Stream.of(new Pause(n, false), new Pause(n, true))))
                        .map(disturbance -> new Plan(life, disturbance, 0)))
                .collect(Collectors.collectingAndThen(Collectors.toCollection(ArrayList::new), plans -> {
                    // The third write opens the gate.
                    Stream.of(Life.SUCCEEDS, Life.FAILS, Life.IS_RETRIED)
                            .flatMap(life -> Stream.of(new Absence(3), new Outage(3, OUTAGE), new Outage(5, OUTAGE))
                                    .map(disturbance -> new Plan(life, disturbance, 0)))
                            .forEach(plans::add);
                    return plans;
                }));
    }

    /** With two operators and a Lease. They take the time in which a Lease expires. */
    private static List<Plan> elected() {
        return Stream.of(Life.SUCCEEDS, Life.IS_RETRIED, Life.IS_CANCELLED)
                .flatMap(life -> IntStream.rangeClosed(1, writes(life))
                        .boxed()
                        .flatMap(n -> Stream.of(Illness.values())
                                .filter(illness -> life == Life.SUCCEEDS || illness == Illness.IS_PAUSED)
                                .map(illness -> new Plan(life, new Elected(n, illness), 0))))
                .toList();
    }

    private static Plan byChance(Random random) {
        Life[] lives = Life.values();
        Kind[] kinds = Kind.values();
        return new Plan(
                lives[random.nextInt(lives.length)],
                new Faults(kinds[random.nextInt(kinds.length)]),
                random.nextLong());
    }

    /** Every plan when as many are asked for, else a part of them that is another for another seed. */
    private static List<Plan> plans() {
        List<Plan> plans = new ArrayList<>(systematic());
        List<Plan> elected = new ArrayList<>(elected());
        if (!ONLY.isEmpty()) {
            return Stream.concat(plans.stream(), elected.stream())
                    .filter(plan -> plan.toString().contains(ONLY))
                    .toList();
        }
        Random random = new Random(SEED);
        Collections.shuffle(plans, random);
        if (PLANS < 2 * plans.size()) {
            plans = new ArrayList<>(plans.subList(0, PLANS / 2));
            // What found a Pod that was left at its gate for ever is always among them.
            Plan createsLate = new Plan(Life.IS_RETRIED, new Pause(1, true), 0);
            if (!plans.contains(createsLate)) {
                plans.add(createsLate);
            }
        }
        Collections.shuffle(elected, random);
        plans.addAll(elected.subList(0, Math.min(elected.size(), PLANS / ONE_ELECTED_IN)));
        while (plans.size() < PLANS) {
            plans.add(byChance(random));
        }
        return plans;
    }

    @Test
    void whateverHappensToTheOperatorAJobRunsOnceAndEndsAsItWouldHave() {
        Campaign campaign = new Campaign(ApiServer.shared(), Mistake.NONE, Campaign.PATIENCE);
        List<Outcome> outcomes =
                plans().stream().map(plan -> ran(campaign.run(plan))).toList();
        System.out.println(table(outcomes));
        assertThat(outcomes.stream().filter(outcome -> outcome.violation() != null))
                .as("plans that did not hold (faults.seed=%d)", SEED)
                .isEmpty();
        assertThat(outcomes.stream().filter(outcome -> !outcome.met().isEmpty()))
                .as("plans in which something happened")
                .hasSizeGreaterThan(outcomes.size() / 2);
    }

    private static Outcome ran(Outcome outcome) {
        if (outcome.violation() != null || PLANS > 100) {
            System.out.printf(
                    "%s %s after %d ms%s%n",
                    outcome.violation() == null ? "held " : "BROKE",
                    outcome.plan(),
                    outcome.took().toMillis(),
                    outcome.violation() == null ? "" : ": " + outcome.violation() + "; met " + outcome.met());
        }
        return outcome;
    }

    private static String table(List<Outcome> outcomes) {
        Map<String, List<Outcome>> rows = new LinkedHashMap<>();
        outcomes.forEach(o ->
                rows.computeIfAbsent(row(o.plan()), key -> new ArrayList<>()).add(o));
        StringBuilder table = new StringBuilder("%n%-44s %6s %6s %7s %8s %8s%n"
                .formatted("what happens", "plans", "held", "faults", "p50 ms", "max ms"));
        rows.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(row -> {
            List<Outcome> all = row.getValue();
            List<Long> times = all.stream()
                    .map(Outcome::took)
                    .map(Duration::toMillis)
                    .sorted()
                    .toList();
            table.append("%-44s %6d %6d %7d %8d %8d%n"
                    .formatted(
                            row.getKey(),
                            all.size(),
                            all.stream().filter(o -> o.violation() == null).count(),
                            all.stream().mapToInt(o -> o.met().size()).sum(),
                            times.get(times.size() / 2),
                            times.getLast()));
        });
        return table.toString();
    }

    private static String row(Plan plan) {
        return plan.life()
                + " "
                + switch (plan.disturbance()) {
                    case Death death -> "dies " + death.moment();
                    case Pause pause -> pause.podsGone() ? "is paused, Pods go" : "is paused";
                    case Elected elected -> "leads, " + elected.illness();
                    case Outage outage -> "has no apiserver";
                    case Absence absence -> "is away, Pod goes";
                    case Faults faults -> faults.kind().toString();
                };
    }
}
