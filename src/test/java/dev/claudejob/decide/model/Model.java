package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.decide.model.ApiServer.Answer;
import dev.claudejob.decide.model.ApiServer.Request;
import dev.claudejob.decide.model.Mind.Sight;
import dev.claudejob.observe.View;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All that can happen next in a state. Leaders take part as {@code ClaudeJobReconciler} does: they look at their caches, decide, send one request, and go on
 * from its answer, or look again. A leader may stop for ever at any point while another is at work: so there need be no Lease in the model. A crash
 * is an answer that is lost, and caches that are new.
 */
final class Model {
    /** No more are made: a leader that has not heard of its job's deletion would make one after the other. */
    private static final int MAX_PODS = 4;

    /**
     * A leader.
     *
     * @param job that its cache holds; null once it has heard that it is deleted
     * @param pods that its cache holds
     * @param sight what it has in hand while a request is on its way; null: nothing is
     * @param adopting the request is the look at who has the name of the Pod
     */
    record Leader(
            @Nullable JobFacts job,
            List<PodFacts> pods,
            @Nullable Sight sight,
            boolean adopting) {
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || (other instanceof Leader that
                            && sight == that.sight
                            && adopting == that.adopting
                            && Objects.equals(job, that.job)
                            && pods.equals(that.pods));
        }

        @Override
        public int hashCode() {
            return (Objects.hashCode(job) * 31 + pods.hashCode()) * 31 + System.identityHashCode(sight);
        }

        Leader idle() {
            return new Leader(job, pods, null, false);
        }

        Leader holding(Sight newer) {
            return holding(newer, false);
        }

        Leader holding(Sight newer, boolean toAdopt) {
            return new Leader(job, pods, newer, toAdopt);
        }
    }

    /**
     * @param second null when there is none
     * @param late a request that nobody waits for any more
     * @param faults that may still happen
     * @param disturbances that may still happen
     */
    record State(
            World world,
            Leader first,
            @Nullable Leader second,
            @Nullable Request late,
            int faults,
            int disturbances) {
        /** Of states whose parts are the same objects when they are equal. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof State that
                    && world == that.world
                    && first == that.first
                    && second == that.second
                    && late == that.late
                    && faults == that.faults
                    && disturbances == that.disturbances;
        }

        @Override
        public int hashCode() {
            int hash = System.identityHashCode(world) * 31 + System.identityHashCode(first);
            hash = (hash * 31 + System.identityHashCode(second)) * 31 + System.identityHashCode(late);
            return (hash * 31 + faults) * 31 + disturbances;
        }
    }

    /** Told of each next state. */
    interface Sink {
        void next(State state, Supplier<String> what);
    }

    private final Scenario scenario;
    private final Bug bug;
    final Mind mind;
    private final ApiServer apiServer;

    Model(Scenario scenario, Bug bug) {
        this.scenario = scenario;
        this.bug = bug;
        this.mind = new Mind(scenario.spec(), bug);
        this.apiServer = new ApiServer(mind, bug);
    }

    State start() {
        JobFacts job = new JobFacts(1, 0, false, 1, null);
        Leader leader = new Leader(job, List.of(), null, false);
        return new State(
                new World(job, List.of(), List.of()),
                leader,
                scenario.leaders() > 1 ? leader : null,
                null,
                scenario.faults(),
                scenario.disturbances());
    }

    void next(State s, Sink sink) {
        leader(s, s.first(), true, sink);
        if (s.second() != null) {
            leader(s, s.second(), false, sink);
        }
        if (s.late() != null && s.world().ledger().size() < MAX_PODS) {
            Request late = s.late();
            World after = carryOut("late: ", s.world(), late).world();
            sink.next(
                    new State(after, s.first(), s.second(), null, s.faults(), s.disturbances()),
                    () -> "late: " + late.move());
        }
        Surroundings.moves(
                s.world(), scenario.overloaded(), (what, world) -> sink.next(with(s, world, s.disturbances()), what));
        if (s.disturbances() > 0) {
            Surroundings.disturb(
                    s.world(),
                    scenario.possible(),
                    (what, world) -> sink.next(with(s, world, s.disturbances() - 1), what));
        }
    }

    private static State with(State s, World world, int disturbances) {
        return new State(world, s.first(), s.second(), s.late(), s.faults(), disturbances);
    }

    private static State with(State s, boolean first, World world, Leader leader) {
        return new State(
                world, first ? leader : s.first(), first ? s.second() : leader, s.late(), s.faults(), s.disturbances());
    }

    private static State faulty(State s, boolean first, World world, Leader leader, @Nullable Request late) {
        return new State(
                world, first ? leader : s.first(), first ? s.second() : leader, late, s.faults() - 1, s.disturbances());
    }

    private void leader(State s, Leader leader, boolean first, Sink sink) {
        String name = first ? "A: " : "B: ";
        Sight sight = leader.sight();
        if (sight == null) {
            idle(s, leader, first, name, sink);
            return;
        }
        Move move = mind.move(sight);
        if (move.kind() == Move.Kind.CREATE && s.world().ledger().size() >= MAX_PODS) {
            return;
        }
        Turn turn = turn(name, s.world(), leader);
        sink.next(
                with(s, first, turn.world(), settled(turn.leader())),
                () -> name + turn.what().get());
        if (s.faults() > 0 && !leader.adopting()) {
            Leader without = settled(timedOut(leader, sight, move));
            sink.next(
                    faulty(s, first, turn.world(), without, s.late()),
                    () -> name + turn.what().get() + ", and the answer is lost");
            sink.next(faulty(s, first, s.world(), without, s.late()), () -> name + move + ": is lost");
            if (s.late() == null && move.kind() != Move.Kind.CONFIRM) {
                Request request = mind.one(new Request(move, sight.job()));
                sink.next(
                        faulty(s, first, s.world(), without, request),
                        () -> name + move + ": is given up, and still on its way");
            }
        }
    }

    /** What a leader has in hand after an answer; nothing if it is to look again. */
    record Turn(World world, Leader leader, Supplier<String> what) {}

    /** The request that is on its way arrives, and so does its answer. */
    Turn turn(String name, World world, Leader leader) {
        Sight sight = Objects.requireNonNull(leader.sight());
        if (leader.adopting()) {
            return new Turn(world, adopted(world, leader, sight), () -> "looks who has the name");
        }
        Move move = mind.move(sight);
        Answer answer = carryOut(name, world, new Request(move, sight.job()));
        Leader after = answered(leader, sight, move, answer);
        if (after.sight() != null && !timePasses(answer.world())) {
            after = after.holding(mind.early(after.sight()), after.adopting());
        }
        return new Turn(answer.world(), after, () -> move + ": " + answer.word());
    }

    private Answer carryOut(String name, World world, Request request) {
        try {
            return apiServer.carryOut(world, request);
        } catch (Broken e) {
            throw e.during(name + request.move());
        }
    }

    /** Idle, if there is nothing to do with what it has in hand. */
    private Leader settled(Leader leader) {
        return leader.sight() != null
                        && !leader.adopting()
                        && mind.move(leader.sight()).kind().waits()
                ? leader.idle()
                : leader;
    }

    private void idle(State s, Leader leader, boolean first, String name, Sink sink) {
        World world = s.world();
        if (!Objects.equals(leader.job(), world.job())) {
            sink.next(
                    with(s, first, world, new Leader(world.job(), leader.pods(), null, false)),
                    () -> name + "hears of " + world.job());
        }
        List<PodFacts> selected = world.selected();
        if (!leader.pods().equals(selected)) {
            sink.next(
                    with(s, first, world, new Leader(leader.job(), selected, null, false)),
                    () -> name + "hears of " + selected);
        }
        if (leader.job() != null) {
            Leader early = begin(leader, false);
            Leader late = timePasses(world) ? begin(leader, true) : early;
            if (early.sight() != null) {
                sink.next(with(s, first, world, early), () -> name + "looks, and would " + mind.move(early.sight()));
            }
            if (late.sight() != null
                    && (early.sight() == null || mind.move(late.sight()) != mind.move(early.sight()))) {
                sink.next(
                        with(s, first, world, late),
                        () -> name + "looks when time has passed, and would " + mind.move(late.sight()));
            }
        }
        for (PodFacts pod : leader.pods()) {
            World after = swept(world, leader, pod);
            if (after != null) {
                sink.next(with(s, first, after, leader), () -> name + "sweeps " + pod);
            }
        }
    }

    /**
     * Minutes don't pass while a helper is about to speak: a kubelet that lives has it speak within its grace period. They do while a cache is behind, or
     * a request on its way.
     */
    private static boolean timePasses(World world) {
        return world.pods().stream()
                .noneMatch(p -> p.agent().ended()
                        && !p.is(PodFacts.Mark.HELPER_ENDED)
                        && !p.is(PodFacts.Mark.TERMINAL)
                        && !p.is(PodFacts.Mark.HUNG));
    }

    /** A look at the caches, and what is decided. */
    private Leader begin(Leader leader, boolean late) {
        return settled(leader.holding(mind.look(Objects.requireNonNull(leader.job()), leader.pods(), late)));
    }

    /** {@code Step.Next}, or {@code Step.LookAgain}; what came back is laid over the caches, as {@code JobCaches} does. */
    private Leader answered(Leader leader, Sight sight, Move move, Answer answer) {
        return switch (answer.word()) {
            case REFUSED -> leader.idle();
            case ALREADY_EXISTS -> new Leader(leader.job(), leader.pods(), sight, true);
            case NOT_FOUND ->
                leader.holding(mind.knowing(sight, sight.known().withLostPod(PodFacts.uidText(move.uid()))));
            case DONE -> {
                if (answer.job() != null) {
                    JobFacts job = mind.one(answer.job());
                    yield new Leader(job, leader.pods(), mind.with(sight, job), false);
                }
                PodFacts pod = Objects.requireNonNull(answer.pod());
                Sight newer = mind.with(sight, pod);
                yield move.kind() == Move.Kind.CONFIRM
                        ? leader.holding(mind.knowing(newer, newer.known().withLivePod(PodFacts.uidText(move.uid()))))
                        : new Leader(leader.job(), World.put(leader.pods(), pod), newer, false);
            }
        };
    }

    /** {@code PodActions.adopt}. */
    private Leader adopted(World world, Leader leader, Sight sight) {
        int attempt = mind.move(sight).attempt();
        Optional<PodFacts> existing = world.named(attempt);
        if (existing.isEmpty()) {
            return leader.idle();
        }
        return mind.adoptable(sight.job(), attempt, existing.get())
                ? leader.holding(mind.with(sight, existing.get()))
                : leader.holding(mind.knowing(
                        sight, sight.known().withRefusal(new View.Refusal(Reason.NameTaken, "taken", false))));
    }

    /** No answer comes. The reconcile ends, and another will follow. */
    private Leader timedOut(Leader leader, Sight sight, Move move) {
        return bug == Bug.NEXT_NUMBER_AFTER_A_TIMEOUT
                        && move.kind() == Move.Kind.CREATE
                        && sight.pods().isEmpty()
                ? leader.holding(mind.knowing(sight, sight.known().withDelay(Mind.TIMEOUT)))
                : leader.idle();
    }

    /** {@code OrphanSweep.settled}: both looks at the apiserver and the write at one moment. Null when it does nothing. */
    @Nullable
    World swept(World world, Leader leader, PodFacts seen) {
        boolean suspect = leader.job() == null || leader.job().life() != seen.life();
        boolean confirmed = bug == Bug.SWEEP_WITHOUT_A_LIVE_LOOK || !world.jobOf(seen);
        if (!suspect || !confirmed || bug == Bug.NO_SWEEP) {
            return null;
        }
        PodFacts pod = world.named(seen.attempt())
                .filter(p -> p.uid() == seen.uid() && p.is(PodFacts.Mark.HELD))
                .orElse(null);
        if (pod == null) {
            return null;
        }
        if (pod.is(PodFacts.Mark.GATED) && !pod.is(PodFacts.Mark.DELETING)) {
            return world.with(pod.with(PodFacts.Mark.DELETING));
        }
        return pod.is(PodFacts.Mark.DELETING) || !pod.is(PodFacts.Mark.OWNED)
                ? world.with(pod.without(PodFacts.Mark.HELD))
                : null;
    }
}
