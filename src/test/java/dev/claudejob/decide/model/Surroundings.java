package dev.claudejob.decide.model;

import dev.claudejob.decide.model.PodFacts.Mark;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the scheduler, the kubelet, the garbage collector and people do. How a kubelet ends a Pod was measured, see {@link
 * dev.claudejob.testing.PodStory}: first the agent's end, then the helper's word, then the phase.
 */
final class Surroundings {
    /** What people, and a node in need, do. Each costs one of a scenario's disturbances. */
    enum Disturbance {
        CANCEL,
        /** Before an attempt is on record: later the apiserver refuses it. */
        EDIT,
        DELETE_POD,
        /** {@code kubectl delete --force} and the finalizer gone: nothing tells whether the agent still runs. */
        FORCE_DELETE_POD,
        REMOVE_FINALIZER,
        REMOVE_LABEL,
        REMOVE_OWNER,
        EVICT,
        /** Between the agent's end and the helper's word. */
        LOSE_NODE,
        DELETE_JOB,
        RECREATE_JOB
    }

    /** Told of each next world, and of what led to it. */
    interface Moves {
        void to(Supplier<String> what, World world);
    }

    private Surroundings() {}

    // ---- what goes on by itself

    /**
     * Every next step of nodes and of the garbage collector.
     *
     * @param overloaded whether the API may be overloaded
     */
    static void moves(World world, boolean overloaded, Moves to) {
        for (PodFacts pod : world.pods()) {
            kubelet(world, pod, overloaded, to);
            if (pod.is(Mark.OWNED) && !world.jobOf(pod) && !pod.is(Mark.DELETING)) {
                to.to(() -> "the garbage collector deletes " + pod, world.with(pod.with(Mark.DELETING)));
            }
        }
    }

    private static void kubelet(World world, PodFacts pod, boolean overloaded, Moves to) {
        if (pod.is(Mark.GATED) || pod.is(Mark.TERMINAL) || pod.is(Mark.HUNG)) {
            return;
        }
        if (!pod.is(Mark.ON_NODE)) {
            if (!pod.is(Mark.DELETING)) {
                to.to(() -> "a node takes " + pod, world.with(pod.with(Mark.ON_NODE)));
            }
            return;
        }
        switch (pod.agent()) {
            case NONE -> {
                if (pod.is(Mark.DELETING)) {
                    to.to(() -> "the kubelet ends " + pod, over(world, pod.with(Mark.TERMINAL)));
                } else {
                    Rules.start(world, pod);
                    to.to(
                            () -> "the agent starts in " + pod,
                            world.with(pod.with(Agent.RUNNING)).noting(pod.uid(), World.Mark.STARTED));
                }
            }
            case RUNNING -> {
                if (pod.is(Mark.DELETING) || pod.is(Mark.STOPPED)) {
                    to.to(
                            () -> "the kubelet ends " + pod,
                            over(
                                    world,
                                    pod.with(Agent.KILLED)
                                            .with(Mark.HELPER_ENDED)
                                            .with(Mark.TERMINAL)));
                }
                to.to(() -> "the agent has an answer in " + pod, over(world, pod.with(Agent.DONE)));
                if (overloaded) {
                    to.to(() -> "the API is overloaded for " + pod, over(world, pod.with(Agent.OVERLOADED)));
                }
            }
            case DONE, OVERLOADED, KILLED -> {
                if (!pod.is(Mark.HELPER_ENDED)) {
                    to.to(
                            () -> "the helper speaks in " + pod,
                            world.with(pod.with(Mark.HELPER_ENDED)).noting(pod.uid(), e -> e.reported(pod.agent())));
                } else {
                    to.to(() -> "the phase is terminal of " + pod, world.with(pod.with(Mark.TERMINAL)));
                }
            }
        }
    }

    private static World over(World world, PodFacts pod) {
        return world.with(pod).noting(pod.uid(), World.Mark.OVER);
    }

    // ---- what comes from outside

    static void disturb(World world, Set<Disturbance> possible, Moves to) {
        for (Disturbance what : possible) {
            switch (what) {
                case CANCEL, EDIT, DELETE_JOB, RECREATE_JOB -> {
                    World after = job(world, what);
                    if (after != null) {
                        to.to(what::name, after);
                    }
                }
                default -> {
                    for (PodFacts pod : world.pods()) {
                        World after = pod(world, pod, what);
                        if (after != null) {
                            to.to(() -> what + " " + pod, after);
                        }
                    }
                }
            }
        }
    }

    private static @Nullable World job(World world, Disturbance what) {
        JobFacts job = world.job();
        if (job == null) {
            boolean again = what == Disturbance.RECREATE_JOB;
            return again ? world.with(new JobFacts(2, 0, false, 1, null)) : null;
        }
        return switch (what) {
            case CANCEL ->
                job.cancel()
                        ? null
                        : world.with(new JobFacts(job.life(), job.prompt(), true, job.generation() + 1, job.status()));
            case EDIT ->
                job.attempts().isEmpty()
                        ? world.with(new JobFacts(
                                job.life(), job.prompt() + 1, job.cancel(), job.generation() + 1, job.status()))
                        : null;
            case DELETE_JOB -> job.life() == 1 ? world.with((JobFacts) null) : null;
            default -> null;
        };
    }

    private static @Nullable World pod(World world, PodFacts pod, Disturbance what) {
        return switch (what) {
            case DELETE_POD ->
                pod.is(Mark.DELETING)
                        ? null
                        : world.with(pod.with(Mark.DELETING)).noting(pod.uid(), World.Mark.TOUCHED);
            case FORCE_DELETE_POD -> forced(world.gone(pod), pod);
            case REMOVE_FINALIZER -> pod.is(Mark.HELD) ? forced(world.with(pod.without(Mark.HELD)), pod) : null;
            case REMOVE_LABEL -> pod.is(Mark.LABELLED) ? world.with(pod.without(Mark.LABELLED)) : null;
            case REMOVE_OWNER -> pod.is(Mark.OWNED) ? world.with(pod.without(Mark.OWNED)) : null;
            case LOSE_NODE ->
                pod.agent().ended() && !pod.is(Mark.HELPER_ENDED) && !pod.is(Mark.TERMINAL) && !pod.is(Mark.HUNG)
                        ? world.with(pod.with(Mark.HUNG))
                        : null;
            case EVICT ->
                pod.is(Mark.ON_NODE) && !pod.is(Mark.TERMINAL) && !pod.agent().ended()
                        ? over(world, evicted(pod))
                        : null;
            default -> null;
        };
    }

    private static PodFacts evicted(PodFacts pod) {
        PodFacts over = pod.agent() == Agent.RUNNING ? pod.with(Agent.KILLED).with(Mark.HELPER_ENDED) : pod;
        return over.with(Mark.EVICTED).with(Mark.TERMINAL);
    }

    private static World forced(World world, PodFacts pod) {
        return world.noting(pod.uid(), e -> e.with(World.Mark.TOUCHED).with(World.Mark.FORCED));
    }
}
