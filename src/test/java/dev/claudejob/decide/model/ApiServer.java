package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the apiserver does with each request of {@code act.Actions}, {@code act.PodActions} and {@code act.LookUps}: compare-and-swap by version for
 * status and deletion, a test of the uid in each patch. Each request is carried out at one moment. Versions are compared by their facts.
 */
final class ApiServer {
    /**
     * A request on its way.
     *
     * @param job that the sender knew: what a write is compared with, and what a Pod is built from
     */
    record Request(Move move, JobFacts job) {}

    enum Word {
        DONE,
        /** A conflict, not found, unprocessable: {@code Step.LOOK_AGAIN}. */
        REFUSED,
        ALREADY_EXISTS,
        NOT_FOUND
    }

    /**
     * @param pod that the answer holds
     * @param job that the answer holds
     */
    record Answer(
            World world,
            Word word,
            @Nullable PodFacts pod,
            @Nullable JobFacts job) {}

    private final Mind mind;
    private final Bug bug;

    ApiServer(Mind mind, Bug bug) {
        this.mind = mind;
        this.bug = bug;
    }

    Answer carryOut(World world, Request request) {
        Move move = request.move();
        return switch (move.kind()) {
            case CREATE -> create(world, request);
            case WRITE -> write(world, request.job(), Objects.requireNonNull(move.status()));
            case CONFIRM -> {
                Optional<PodFacts> live = get(world, move.attempt()).filter(p -> p.uid() == move.uid());
                yield live.map(p -> new Answer(world, Word.DONE, p, null))
                        .orElseGet(() -> new Answer(world, Word.NOT_FOUND, null, null));
            }
            case DELETE -> delete(world, Objects.requireNonNull(move.pod()));
            case OPEN, RELEASE, STOP, RECLAIM -> patch(world, move.kind(), Objects.requireNonNull(move.pod()));
            case WAIT, WAIT_FOR_TIME -> throw new IllegalArgumentException(move.toString());
        };
    }

    Optional<PodFacts> get(World world, int attempt) {
        return world.named(attempt);
    }

    private Answer create(World world, Request request) {
        int attempt = request.move().attempt();
        if (world.named(attempt).isPresent()) {
            return new Answer(world, Word.ALREADY_EXISTS, null, null);
        }
        PodFacts made = mind.build(request.job(), attempt, world.ledger().size());
        return new Answer(world.made(made), Word.DONE, made, null);
    }

    /** {@code lockResourceVersion().updateStatus()}. */
    private Answer write(World world, JobFacts known, ClaudeJobStatus status) {
        JobFacts job = world.job();
        boolean intent = status.phase() == Phase.Starting;
        boolean forced = bug == Bug.NO_COMPARE_AND_SWAP_ON_THE_INTENT && intent
                || bug == Bug.NO_COMPARE_AND_SWAP_ON_THE_END && !intent;
        if (job == null || job.life() != known.life() || (!job.equals(known) && !forced)) {
            return new Answer(world, Word.REFUSED, null, null);
        }
        Rules.status(world, job, status);
        JobFacts written = job.with(status);
        World after = world.with(written);
        for (int uid = 0; uid < world.ledger().size(); uid++) {
            after = written.attemptOf(uid).isPresent() ? after.noting(uid, World.Mark.RECORDED) : after;
        }
        return new Answer(after, Word.DONE, null, written);
    }

    /** {@code PodPatches}: the uid is tested, and that what is removed is there. */
    private Answer patch(World world, Move.Kind kind, PodFacts known) {
        boolean byName = kind == Move.Kind.OPEN && bug == Bug.NO_UID_TEST_AT_THE_GATE
                || kind == Move.Kind.RELEASE && bug == Bug.NO_UID_TEST_AT_THE_RELEASE;
        Optional<PodFacts> changed = world.named(known.attempt())
                .filter(p -> byName || p.uid() == known.uid())
                .flatMap(p -> switch (kind) {
                    case OPEN -> without(p, PodFacts.Mark.GATED);
                    case RELEASE -> without(p, PodFacts.Mark.HELD);
                    case STOP -> Optional.of(p.with(PodFacts.Mark.STOPPED));
                    default -> Optional.of(p.with(PodFacts.Mark.LABELLED).with(PodFacts.Mark.OWNED));
                });
        if (kind == Move.Kind.RELEASE) {
            changed.ifPresent(p -> Rules.release(world, p));
        }
        return changed.map(p -> new Answer(world.with(p), Word.DONE, p, null))
                .orElseGet(() -> new Answer(world, Word.REFUSED, null, null));
    }

    private static Optional<PodFacts> without(PodFacts pod, PodFacts.Mark mark) {
        return Optional.of(pod).filter(p -> p.is(mark)).map(p -> p.without(mark));
    }

    /** {@code lockResourceVersion().delete()}. */
    private Answer delete(World world, PodFacts known) {
        Optional<PodFacts> found =
                world.named(known.attempt()).filter(p -> p.equals(known) || bug == Bug.NO_VERSION_AT_THE_DELETION);
        found.ifPresent(p -> Rules.delete(world, p));
        World after = found.map(p -> world.with(p.with(PodFacts.Mark.DELETING))).orElse(world);
        return new Answer(after, Word.REFUSED, null, null);
    }
}
