package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.decide.model.LineLeader.Desk;
import dev.claudejob.decide.model.LineLeader.Told;
import dev.claudejob.decide.model.LineMind.Do;
import dev.claudejob.decide.model.LineMind.Hand;
import dev.claudejob.decide.model.LineWorld.Card;
import dev.claudejob.decide.model.LineWorld.Job;
import dev.claudejob.decide.model.LineWorld.Pod;
import dev.claudejob.decide.model.LineWorld.Stage;
import dev.claudejob.observe.View;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All that can happen next where jobs share a ClaudeCredential. Leaders take part as {@code ClaudeJobReconciler} and {@code CredentialCalls} do. */
final class LineModel {
    enum Disturbance {
        CANCEL,
        DELETE_JOB,
        /** Between 1 and 2. */
        EDIT_MOST,
        EDIT_SECRET,
        DELETE_CREDENTIAL,
        RECREATE_CREDENTIAL,
        /** A webhook refuses the Pods of the first job from now on. */
        REFUSE_PODS
    }

    /**
     * @param most as in maxConcurrentJobs
     * @param limits whether an agent may meet the usage limit
     */
    record Setting(
            int jobs, int most, int leaders, int faults, int disturbances, Set<Disturbance> possible, boolean limits) {}

    /** A request that nobody waits for any more. */
    record Late(Hand hand) {}

    record State(
            LineWorld world,
            List<LineLeader> leaders,
            @Nullable Late late,
            int faults,
            int disturbances,
            int ids) {}

    interface Sink {
        void next(State state, Supplier<String> what);
    }

    /** Who sent a request that nobody waits for any more: it counts for no leader before that hears of it. */
    private static final int NOBODY = -1;

    final LineMind mind;
    final Desk desk;
    private final Setting setting;
    private final LineBug bug;

    LineModel(Setting setting, LineBug bug) {
        this.setting = setting;
        this.bug = bug;
        this.mind = new LineMind(bug);
        this.desk = new Desk(mind, bug);
    }

    State start() {
        LineWorld world = LineWorld.of(setting.jobs(), setting.most());
        List<LineLeader> leaders = new ArrayList<>();
        for (int i = 0; i < setting.leaders(); i++) {
            leaders.add(LineLeader.fresh(i, world, LineBug.NONE));
        }
        return new State(
                world, List.copyOf(leaders), null, setting.faults(), setting.disturbances(), setting.leaders());
    }

    void next(State s, Sink sink) {
        for (int i = 0; i < s.leaders().size(); i++) {
            leader(s, i, sink);
        }
        surroundings(s.world(), (world, what) -> sink.next(with(s, world), what));
        if (s.disturbances() > 0) {
            disturb(
                    s.world(),
                    (world, what) -> sink.next(
                            new State(world, s.leaders(), s.late(), s.faults(), s.disturbances() - 1, s.ids()), what));
        }
        Late late = s.late();
        if (late != null) {
            Answer answer = carryOut(s.world(), late.hand(), mind.decide(late.hand()), NOBODY);
            sink.next(
                    new State(answer.world(), s.leaders(), null, s.faults(), s.disturbances(), s.ids()),
                    () -> "late: " + mind.decide(late.hand()));
        }
    }

    private static State with(State s, LineWorld world) {
        return new State(world, s.leaders(), s.late(), s.faults(), s.disturbances(), s.ids());
    }

    private static State with(State s, int i, LineLeader leader) {
        return new State(
                s.world(), LineWorld.set(s.leaders(), i, leader), s.late(), s.faults(), s.disturbances(), s.ids());
    }

    // ---- leaders

    private void leader(State s, int i, Sink sink) {
        LineLeader leader = s.leaders().get(i);
        String name = (char) ('A' + i) + ": ";
        for (Job job : s.world().jobs()) {
            Job cached = leader.jobs().get(job.index());
            if (job.there() != cached.there() || job.version() != cached.version()) {
                sink.next(with(s, i, desk.job(leader, job).leader()), () -> name + "hears of " + job);
            }
        }
        if (!leader.pods().equals(s.world().there())) {
            sink.next(
                    with(s, i, leader.with(s.world().there())),
                    () -> name + "hears of " + s.world().there());
        }
        if (!leader.card().equals(s.world().card())) {
            sink.next(
                    with(s, i, desk.card(leader, s.world().card()).leader()),
                    () -> name + "hears of " + s.world().card());
        }
        for (Job job : leader.jobs()) {
            if (leader.hands().get(job.index()) != null) {
                step(s, i, job.index(), name, sink);
            } else if (job.there()) {
                for (boolean late : new boolean[] {false, true}) {
                    if (!late || mayBeLate(leader, job.index())) {
                        Looked looked = look(leader, job.index(), late);
                        if (!looked.leader().equals(leader)) {
                            sink.next(
                                    with(s, i, looked.leader()),
                                    () -> name + "looks" + (late ? " late" : "") + ", and would " + looked.what());
                        }
                    }
                }
            }
        }
        if (s.faults() > 0) {
            LineLeader anew = LineLeader.fresh(s.ids(), s.world(), bug);
            sink.next(
                    new State(
                            s.world(),
                            LineWorld.set(s.leaders(), i, anew),
                            s.late(),
                            s.faults() - 1,
                            s.disturbances(),
                            s.ids() + 1),
                    () -> name + "dies, and another starts");
        }
    }

    /** The end of an attempt that met a limit is seen before the limit is over. */
    private static boolean mayBeLate(LineLeader leader, int job) {
        return leader.pods().stream().noneMatch(p -> p.job() == job && p.stage() == Stage.LIMITED);
    }

    /** @param what it would do */
    record Looked(LineLeader leader, Do what, Set<Integer> called) {}

    Looked look(LineLeader before, int job, boolean late) {
        Told asked = desk.book(before, job, late);
        Hand hand =
                mind.one(new Hand(before.jobs().get(job), before.podsOf(job), late, View.Known.NOTHING, asked.book()));
        if (asked.leader().promised(job) && !before.promised(job)
                || hand.book().of("team").filter(t -> t.slot()).isPresent() && !before.promised(job)) {
            LineRules.promised(before, job, hand.now());
        }
        LineLeader leader = asked.leader().doubting(asked.leader().doubt() & ~(1 << job));
        Do what = mind.decide(hand);
        if (what instanceof Do.Wait) {
            Told settled = desk.settled(leader, job);
            return new Looked(settled.leader(), what, settled.called());
        }
        return new Looked(leader.holding(job, hand), what, Set.of());
    }

    /** What an answer means: go on from a hand, or look again. */
    record Answer(
            LineWorld world,
            @Nullable Hand hand,
            @Nullable Pod pod,
            @Nullable Job job) {
        boolean again() {
            return hand == null;
        }
    }

    /**
     * @param again whether it looks again soon
     * @param forTime whether it looks again when time has passed
     */
    record Turn(LineWorld world, LineLeader leader, Set<Integer> called, boolean again, boolean forTime) {}

    Turn turn(LineWorld world, LineLeader leader, int job) {
        Hand hand = Objects.requireNonNull(leader.hands().get(job));
        Do what = mind.decide(hand);
        Answer answer = carryOut(world, hand, what, leader.id());
        Set<Integer> called = new HashSet<>();
        LineLeader after = leader;
        if (answer.job() != null) {
            Told told = desk.job(after, answer.job());
            after = told.leader();
            called.addAll(told.called());
        }
        if (answer.pod() != null) {
            after = after.with(answer.pod());
        }
        if (!answer.again()) {
            Hand next = mind.one(Objects.requireNonNull(answer.hand()));
            if (!(mind.decide(next) instanceof Do.Wait wait)) {
                return new Turn(answer.world(), after.holding(job, next), called, false, false);
            }
            Told settled = desk.settled(after.holding(job, null), job);
            called.addAll(settled.called());
            return new Turn(answer.world(), settled.leader(), called, false, wait.forTime());
        }
        boolean inDoubt = what instanceof Do.Write && bug != LineBug.PROMISE_DROPPED_AT_A_CONFLICT;
        LineLeader idle = after.holding(job, null);
        if (inDoubt) {
            return new Turn(answer.world(), doubting(idle, job), called, true, false);
        }
        Told settled = desk.settled(idle, job);
        called.addAll(settled.called());
        return new Turn(answer.world(), settled.leader(), called, true, false);
    }

    private static LineLeader doubting(LineLeader leader, int job) {
        return leader.promised(job) ? leader.doubting(leader.doubt() | (1 << job)) : leader;
    }

    private void step(State s, int i, int job, String name, Sink sink) {
        LineLeader leader = s.leaders().get(i);
        Hand hand = Objects.requireNonNull(leader.hands().get(job));
        Do what = mind.decide(hand);
        Turn turn = turn(s.world(), leader, job);
        sink.next(with(with(s, turn.world()), i, turn.leader()), () -> name + what);
        if (s.faults() > 0 && !(what instanceof Do.Confirm)) {
            boolean inDoubt = what instanceof Do.Write && bug != LineBug.PROMISE_DROPPED_AFTER_A_LOST_ANSWER;
            LineLeader idle = leader.holding(job, null);
            LineLeader without =
                    inDoubt ? doubting(idle, job) : desk.settled(idle, job).leader();
            sink.next(
                    new State(
                            turn.world(),
                            LineWorld.set(s.leaders(), i, without),
                            s.late(),
                            s.faults() - 1,
                            s.disturbances(),
                            s.ids()),
                    () -> name + what + ", and the answer is lost");
            if (s.late() == null) {
                sink.next(
                        new State(
                                s.world(),
                                LineWorld.set(s.leaders(), i, without),
                                new Late(hand),
                                s.faults() - 1,
                                s.disturbances(),
                                s.ids()),
                        () -> name + what + " is given up, and still on its way");
            }
        }
    }

    // ---- the apiserver

    private Answer carryOut(LineWorld world, Hand hand, Do what, int leader) {
        int job = hand.job().index();
        return switch (what) {
            case Do.Wait wait -> throw new IllegalArgumentException();
            case Do.Create create -> create(world, hand, create.pod());
            case Do.Write write -> {
                Job now = world.jobs().get(job);
                Job after = now.with(write.status());
                boolean records =
                        after.attempts().size() > hand.job().attempts().size();
                boolean forced = bug == LineBug.RECORD_WITHOUT_COMPARE_AND_SWAP && records
                        || bug == LineBug.NUMBER_GIVEN_UP_WITHOUT_COMPARE_AND_SWAP
                                && !records
                                && after.number() > hand.job().number();
                if (!now.there() || (now.version() != hand.job().version() && !forced)) {
                    yield refused(world);
                }
                LineRules.status(world, hand, now, after, leader);
                LineWorld written = world.with(after);
                yield new Answer(records ? written.recorded(job, leader) : written, hand.with(after), null, after);
            }
            case Do.Open open ->
                patched(world, hand, world.same(open.pod()).filter(Pod::gated).map(Pod::opened));
            case Do.Stop stop ->
                patched(
                        world,
                        hand,
                        world.same(stop.pod()).map(p -> p.stage() == Stage.RUNNING ? p.at(Stage.KILLED) : p));
            case Do.Release release ->
                patched(world, hand, world.same(release.pod()).filter(Pod::held).map(Pod::released));
            case Do.Delete delete -> {
                Optional<Pod> same = world.same(delete.pod()).filter(p -> p.equals(delete.pod()));
                same.ifPresent(p -> LineRules.delete(world, p));
                yield refused(same.map(p -> world.with(p.deleted())).orElse(world));
            }
            case Do.Confirm confirm -> {
                String uid = LineMind.podUid(confirm.uid());
                Optional<Pod> live = world.there().stream()
                        .filter(p -> p.uid() == confirm.uid())
                        .findFirst();
                Hand asked = live.map(p -> hand.with(p).knowing(hand.known().withLivePod(uid)))
                        .orElseGet(() -> hand.knowing(hand.known().withLostPod(uid)));
                yield new Answer(world, asked.early(), live.orElse(null), null);
            }
        };
    }

    private static Answer refused(LineWorld world) {
        return new Answer(world, null, null, null);
    }

    private static Answer patched(LineWorld world, Hand hand, Optional<Pod> pod) {
        return pod.map(p -> new Answer(world.with(p), hand.with(p), p, null)).orElseGet(() -> refused(world));
    }

    private static Answer create(LineWorld world, Hand hand, Pod wanted) {
        if ((world.refused() & (1 << wanted.job())) != 0) {
            View.Refusal why = new View.Refusal(Reason.PodRejected, "denied", false);
            return new Answer(world, hand.knowing(hand.known().withRefusal(why)), null, null);
        }
        Optional<Pod> existing = world.named(wanted.job(), wanted.attempt());
        if (existing.isPresent()) {
            return new Answer(world, hand.with(existing.get()), null, null);
        }
        if (!world.jobs().get(wanted.job()).there()) {
            // The garbage collector deletes it at once.
            return refused(world);
        }
        Pod made = new Pod(
                wanted.job(),
                wanted.attempt(),
                world.pods(),
                wanted.secret(),
                Stage.NONE,
                wanted.gated(),
                wanted.held(),
                false);
        return new Answer(world.made(made), hand.with(made), made, null);
    }

    // ---- nodes and people

    interface Worlds {
        void to(LineWorld world, Supplier<String> what);
    }

    void surroundings(LineWorld world, Worlds to) {
        for (Pod pod : world.there()) {
            if (pod.gated() || pod.deleting() && pod.stage() == Stage.NONE) {
                continue;
            }
            if (pod.stage() == Stage.NONE) {
                LineRules.start(world, pod);
                to.to(world.starting(pod), () -> "the agent starts in " + pod);
            }
            if (pod.stage() == Stage.RUNNING) {
                to.to(world.with(pod.at(Stage.DONE)), () -> "the agent has an answer in " + pod);
                boolean limit = setting.limits()
                        && world.jobs().get(pod.job()).attempts().size() == 1;
                if (limit) {
                    to.to(world.with(pod.at(Stage.LIMITED)), () -> "the agent meets the usage limit in " + pod);
                }
            }
        }
    }

    private void disturb(LineWorld world, Worlds to) {
        Card card = world.card();
        for (Disturbance what : new TreeSet<>(setting.possible())) {
            switch (what) {
                case CANCEL, DELETE_JOB ->
                    world.jobs().stream().filter(j -> j.there() && !j.cancel()).forEach(j -> {
                        boolean cancel = what == Disturbance.CANCEL;
                        Job after = new Job(j.index(), cancel, cancel, j.version() + 1, j.status());
                        LineWorld next = world.with(after);
                        to.to(cancel ? next : next.without(j.index()), () -> what + " " + j);
                    });
                case EDIT_MOST ->
                    card(
                            world,
                            to,
                            what,
                            card.there(),
                            new Card(card.life(), true, 3 - card.max(), card.secret(), card.version() + 1));
                case EDIT_SECRET ->
                    card(
                            world,
                            to,
                            what,
                            card.there(),
                            new Card(card.life(), true, card.max(), 3 - card.secret(), card.version() + 1));
                case DELETE_CREDENTIAL ->
                    card(
                            world,
                            to,
                            what,
                            card.there(),
                            new Card(card.life(), false, card.max(), card.secret(), card.version() + 1));
                case RECREATE_CREDENTIAL -> card(world, to, what, !card.there(), recreated(card));
                case REFUSE_PODS -> to.to(world.refusing(1), what::name);
            }
        }
    }

    static Card recreated(Card card) {
        return new Card(card.life() + 1, true, card.max(), card.secret(), card.version() + 1);
    }

    private static void card(LineWorld world, Worlds to, Disturbance what, boolean possible, Card after) {
        if (possible) {
            to.to(world.with(after), what::name);
        }
    }
}
