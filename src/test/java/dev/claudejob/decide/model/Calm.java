package dev.claudejob.decide.model;

import dev.claudejob.decide.model.Model.Leader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What comes of a world when faults are over: one leader starts anew, its caches follow, nodes go on, and time passes when nobody has anything
 * to do. The leader looks again only when its caches have changed, or when the time has come that it asked for.
 */
final class Calm {
    /** More than any job takes. */
    private static final int MAX_LOOKS = 100;

    /** As {@code ClaudeJobReconciler}. */
    private static final int MAX_STEPS = 12;

    private final Model model;
    private final Set<World> good = new HashSet<>();

    Calm(Model model) {
        this.model = model;
    }

    /**
     * Goes on until nothing moves any more.
     *
     * @param story is told what happens
     * @throws Broken if a rule does not hold on the way or in the end
     */
    void check(World from, List<String> story) {
        List<World> passed = new ArrayList<>();
        World world = from;
        for (int i = 0; i < MAX_LOOKS; i++) {
            if (!good.contains(world)) {
                // Whoever starts in it does the same from here on.
                passed.add(world);
                World before = world;
                world = untilItMustLookAgain(world, story);
                if (!world.equals(before)) {
                    continue;
                }
                Rules.settled(world);
            }
            good.addAll(passed);
            return;
        }
        throw new Broken("I4", "it does not come to rest: " + world);
    }

    private World untilItMustLookAgain(World from, List<String> story) {
        Look look = look(from, false, story);
        World world = look.world();
        while (true) {
            World seen = world;
            // A deletion is looked at again in any case, and so is what was refused.
            if (look.again() && !seen.equals(from)) {
                return world;
            }
            World moved = surroundings(world, story);
            if (moved == null) {
                if (!look.forTime()) {
                    return world;
                }
                story.add("time passes");
                return look(world, true, story).world();
            }
            world = moved;
            if (!world.selected().equals(seen.selected()) || !Objects.equals(world.job(), seen.job())) {
                return world;
            }
        }
    }

    /**
     * @param again it looks again soon, whatever happens
     * @param forTime it looks again when time has passed
     */
    private record Look(World world, boolean again, boolean forTime) {}

    private Look look(World from, boolean late, List<String> story) {
        World world = from;
        Leader leader = new Leader(world.job(), world.selected(), null, false);
        if (leader.job() == null) {
            return new Look(world, false, false);
        }
        leader = leader.holding(model.mind.look(leader.job(), leader.pods(), late));
        for (int i = 0; i < MAX_STEPS; i++) {
            if (leader.sight() == null) {
                return new Look(world, true, false);
            }
            Move move = model.mind.move(leader.sight());
            if (move.kind().waits()) {
                return new Look(world, false, move.kind() == Move.Kind.WAIT_FOR_TIME);
            }
            story.add(move.toString());
            Model.Turn turn = model.turn("", world, leader);
            world = turn.world();
            leader = turn.leader();
        }
        return new Look(world, true, false);
    }

    private @Nullable World surroundings(World world, List<String> story) {
        Leader leader = new Leader(world.job(), world.selected(), null, false);
        for (PodFacts pod : leader.pods()) {
            World after = model.swept(world, leader, pod);
            if (after != null) {
                story.add("sweeps " + pod);
                return after;
            }
        }
        List<World> moved = new ArrayList<>();
        Surroundings.moves(world, false, (what, after) -> {
            if (moved.isEmpty()) {
                story.add(what.get());
            }
            moved.add(after);
        });
        return moved.isEmpty() ? null : moved.getFirst();
    }
}
