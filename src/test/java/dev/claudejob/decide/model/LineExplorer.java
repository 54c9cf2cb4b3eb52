package dev.claudejob.decide.model;

import dev.claudejob.decide.model.LineModel.Setting;
import dev.claudejob.decide.model.LineModel.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Visits every state that a setting can get into, those that take the fewest steps first. */
final class LineExplorer {
    /**
     * @param complete whether there are no more states than were visited
     * @param violation the rule that does not hold and the shortest way there; null: all hold
     */
    record Result(int states, boolean complete, @Nullable String violation) {}

    private final LineModel model;
    private final LineCalm calm;
    private final int most;
    private final Map<State, Integer> known = new HashMap<>();
    private final List<State> states = new ArrayList<>();
    private final List<Integer> cameFrom = new ArrayList<>();
    private final List<Supplier<String>> how = new ArrayList<>();
    private final Set<LineWorld> worlds = new HashSet<>();
    private final Set<LineLeader> leaders = new HashSet<>();

    private LineExplorer(Setting setting, LineBug bug, int most) {
        this.model = new LineModel(setting, bug);
        this.calm = new LineCalm(model, bug);
        this.most = most;
    }

    static Result explore(Setting setting, LineBug bug, int most) {
        return new LineExplorer(setting, bug, most).explore();
    }

    private Result explore() {
        add(model.start(), -1, () -> "");
        for (int i = 0; i < states.size(); i++) {
            State state = states.get(i);
            int from = i;
            List<String> after = new ArrayList<>();
            try {
                if (worlds.add(state.world())) {
                    calm.check(state.world(), after);
                }
                after.clear();
                for (LineLeader leader : state.leaders()) {
                    LineRules.counted(state.world(), leader);
                    if (leaders.add(leader)) {
                        LineRules.leader(leader, model.desk.active(leader));
                    }
                }
                model.next(state, (next, what) -> {
                    if (states.size() < most) {
                        add(next, from, what);
                    }
                });
            } catch (Broken e) {
                return new Result(states.size(), false, story(i, after, e));
            }
        }
        return new Result(states.size(), states.size() < most, null);
    }

    private void add(State state, int from, Supplier<String> what) {
        State one = new State(
                model.mind.one(state.world()),
                state.leaders().stream().map(model.mind::one).toList(),
                state.late(),
                state.faults(),
                state.disturbances(),
                state.ids());
        if (known.putIfAbsent(one, states.size()) == null) {
            states.add(one);
            cameFrom.add(from);
            how.add(what);
        }
    }

    private String story(int last, List<String> after, Broken broken) {
        List<String> lines = new ArrayList<>();
        for (int i = last; i > 0; i = cameFrom.get(i)) {
            lines.add(how.get(i).get());
        }
        Collections.reverse(lines);
        if (!after.isEmpty()) {
            lines.add("then faults are over, and a leader starts anew:");
            lines.addAll(after);
        }
        lines.add(String.valueOf(broken.getMessage()));
        return String.join("\n", lines);
    }
}
