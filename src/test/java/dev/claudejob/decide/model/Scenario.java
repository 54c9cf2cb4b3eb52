package dev.claudejob.decide.model;

import dev.claudejob.decide.model.Surroundings.Disturbance;
import java.util.EnumSet;
import java.util.Set;

/**
 * What may happen, and how often.
 *
 * @param spec of the job, in YAML, besides its prompt
 * @param leaders that are at work at the same time
 * @param faults how many requests or answers may be lost or late
 * @param disturbances how many things may come from outside
 * @param possible which
 * @param overloaded whether the API may be overloaded, so that another attempt follows
 */
record Scenario(String spec, int leaders, int faults, int disturbances, Set<Disturbance> possible, boolean overloaded) {
    static final String ONE_RETRY = "retry: {limit: 1}";

    static Scenario of(int leaders, int faults, int disturbances, Disturbance... possible) {
        Set<Disturbance> set = EnumSet.noneOf(Disturbance.class);
        set.addAll(Set.of(possible));
        return new Scenario(ONE_RETRY, leaders, faults, disturbances, Set.copyOf(set), true);
    }

    Scenario withoutOverload() {
        return new Scenario(spec, leaders, faults, disturbances, possible, false);
    }
}
