package dev.claudejob.decide.model;

import dev.claudejob.decide.model.Model.Leader;
import dev.claudejob.decide.model.Model.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Visits every state that a scenario can get into, those that take the fewest steps first. Two leaders are alike: states that differ only in which of them is
 * which are one.
 */
final class Explorer {
    /**
     * What was found.
     *
     * @param depth steps to the farthest state
     * @param complete whether there are no more states than were visited
     * @param violation the rule that does not hold and the shortest way there; null: all hold
     */
    record Result(
            int states,
            int depth,
            boolean complete,
            @Nullable String violation) {}

    private final Model model;
    private final Calm calm;
    private final int most;
    private final Map<State, State> known = new HashMap<>();
    private final Map<Leader, Integer> ranks = new IdentityHashMap<>();
    private final Set<World> worlds = new HashSet<>();
    private final List<State> states = new ArrayList<>();
    private int[] cameFrom = new int[1 << 12];

    private Explorer(Scenario scenario, Bug bug, int most) {
        this.model = new Model(scenario, bug);
        this.calm = new Calm(model);
        this.most = most;
    }

    /** @param most states that are visited */
    static Result explore(Scenario scenario, Bug bug, int most) {
        return new Explorer(scenario, bug, most).explore();
    }

    private Result explore() {
        add(canonical(model.start()), -1);
        int depth = 0;
        int ofDepth = 1;
        for (int i = 0; i < states.size(); i++) {
            if (i == ofDepth) {
                depth++;
                ofDepth = states.size();
            }
            State state = states.get(i);
            int from = i;
            try {
                if (worlds.add(state.world())) {
                    calm.check(state.world(), new ArrayList<>());
                }
                model.next(state, (next, what) -> {
                    if (states.size() < most) {
                        add(canonical(next), from);
                    }
                });
            } catch (Broken e) {
                return new Result(states.size(), depth, false, story(i, e));
            }
        }
        return new Result(states.size(), depth, states.size() < most, null);
    }

    private void add(State state, int from) {
        if (known.putIfAbsent(state, state) == null) {
            if (states.size() == cameFrom.length) {
                cameFrom = Arrays.copyOf(cameFrom, 2 * cameFrom.length);
            }
            cameFrom[states.size()] = from;
            states.add(state);
        }
    }

    private State canonical(State s) {
        Leader first = model.mind.one(s.first());
        Leader second = s.second() == null ? null : model.mind.one(s.second());
        boolean swap = second != null && rank(second) < rank(first);
        return new State(
                model.mind.one(s.world()),
                swap ? second : first,
                swap ? first : second,
                s.late(),
                s.faults(),
                s.disturbances());
    }

    private int rank(Leader leader) {
        return ranks.computeIfAbsent(leader, l -> ranks.size());
    }

    // ---- telling how it came to that

    private String story(int last, Broken broken) {
        List<State> path = new ArrayList<>();
        for (int i = last; i >= 0; i = cameFrom[i]) {
            path.addFirst(states.get(i));
        }
        List<String> lines = new ArrayList<>();
        State now = model.start();
        for (State next : path.subList(1, path.size())) {
            now = step(now, next, lines);
        }
        lines.add("-> " + now.world());
        lastWords(now, broken, lines);
        lines.add(broken.getMessage());
        return String.join("\n", lines);
    }

    private State step(State from, State to, List<String> lines) {
        List<State> found = new ArrayList<>();
        try {
            model.next(from, (next, what) -> {
                if (found.isEmpty() && canonical(next).equals(to)) {
                    found.add(next);
                    lines.add(what.get());
                }
            });
        } catch (Broken e) {
            // Something else that could have happened here breaks a rule as well.
            if (found.isEmpty()) {
                throw new IllegalStateException(e);
            }
        }
        return found.getFirst();
    }

    private void lastWords(State state, Broken broken, List<String> lines) {
        List<String> after = new ArrayList<>();
        try {
            calm.check(state.world(), after);
        } catch (Broken e) {
            lines.add("then faults are over, and a leader starts anew:");
            lines.addAll(after);
            return;
        }
        if (!broken.during.isEmpty()) {
            lines.add(broken.during);
        }
    }
}
