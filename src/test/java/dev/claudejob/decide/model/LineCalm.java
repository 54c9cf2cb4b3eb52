package dev.claudejob.decide.model;

import dev.claudejob.decide.model.LineLeader.Told;
import dev.claudejob.decide.model.LineModel.Looked;
import dev.claudejob.decide.model.LineModel.Turn;
import dev.claudejob.decide.model.LineWorld.Job;
import dev.claudejob.decide.model.LineWorld.Pod;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What comes of jobs on one ClaudeCredential when faults are over: one leader starts anew, and looks at a job only when its caches have changed,
 * when the desk calls it, or when time passes.
 */
final class LineCalm {
    private static final int MAX_MOVES = 300;

    private final LineModel model;
    private final LineBug bug;
    private final Set<LineWorld> good = new HashSet<>();

    LineCalm(LineModel model, LineBug bug) {
        this.model = model;
        this.bug = bug;
    }

    void check(LineWorld from, List<String> story) {
        if (good.contains(from)) {
            return;
        }
        new Run(from, story).toTheEnd();
        good.add(from);
    }

    private final class Run {
        private final LinkedHashSet<Integer> due = new LinkedHashSet<>();
        private final List<String> story;
        private LineWorld world;
        private LineLeader leader;
        private boolean late;

        Run(LineWorld from, List<String> story) {
            this.world = from;
            this.story = story;
            this.leader = LineLeader.fresh(99, from, bug);
            callAll();
        }

        private void callAll() {
            world.jobs().stream().filter(Job::there).map(Job::index).forEach(due::add);
        }

        void toTheEnd() {
            int passed = 0;
            for (int i = 0; i < MAX_MOVES; i++) {
                if (!due.isEmpty()) {
                    reconcile(due.removeFirst());
                } else if (!hears() && !moves()) {
                    if (!late) {
                        LineRules.nobodyWaitsInVain(leader);
                    }
                    if (passed++ == 3) {
                        LineRules.settled(world, leader);
                        return;
                    }
                    story.add("time passes");
                    late = true;
                    callAll();
                }
            }
            throw new Broken("I4", "it does not come to rest: " + world);
        }

        private void reconcile(int job) {
            if (!leader.jobs().get(job).there()) {
                return;
            }
            Looked looked = model.look(leader, job, late);
            leader = looked.leader();
            due.addAll(looked.called());
            // As ClaudeJobReconciler.
            for (int step = 0; step < 12 && leader.hands().get(job) != null; step++) {
                story.add(job + ": "
                        + model.mind.decide(
                                Objects.requireNonNull(leader.hands().get(job))));
                Turn turn = model.turn(world, leader, job);
                world = turn.world();
                leader = turn.leader();
                due.addAll(turn.called());
                if (turn.again()) {
                    hears();
                    due.add(job);
                }
            }
        }

        private boolean hears() {
            boolean news = false;
            for (Job job : world.jobs()) {
                Job cached = leader.jobs().get(job.index());
                if (job.there() != cached.there() || job.version() != cached.version()) {
                    told(model.desk.job(leader, job));
                    due.add(job.index());
                    news = true;
                }
            }
            if (!leader.pods().equals(world.there())) {
                Set<Pod> changed = new HashSet<>(world.there());
                leader.pods().forEach(changed::remove);
                leader.pods().stream().filter(p -> !world.there().contains(p)).forEach(changed::add);
                leader = leader.with(world.there());
                changed.stream().map(Pod::job).forEach(due::add);
                news = true;
            }
            if (!leader.card().equals(world.card())) {
                told(model.desk.card(leader, world.card()));
                news = true;
            }
            return news;
        }

        private void told(Told told) {
            leader = told.leader();
            due.addAll(told.called());
        }

        private boolean moves() {
            List<LineWorld> next = new ArrayList<>();
            model.surroundings(world, (after, what) -> {
                if (next.isEmpty()) {
                    story.add(what.get());
                }
                next.add(after);
            });
            if (next.isEmpty() && !world.card().there()) {
                story.add("the ClaudeCredential is made anew");
                next.add(world.with(LineModel.recreated(world.card())));
            }
            if (next.isEmpty()) {
                return false;
            }
            world = next.getFirst();
            return true;
        }
    }
}
