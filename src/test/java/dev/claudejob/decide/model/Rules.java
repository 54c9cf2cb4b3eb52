package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * What must hold, whatever happens. I1: at most one start per attempt, and no two agents of a job at once. I2: what a Pod reported is not lost,
 * and phases only move forward. I4: once faults are over the job ends as it would have, and writes stop. I5: nothing is left behind. I6: the
 * attempts on record are the Pods that started.
 */
final class Rules {
    private Rules() {}

    /** The agent of this Pod is about to start. */
    static void start(World world, PodFacts pod) {
        World.Entry entry = world.ledger().get(pod.uid());
        check(!entry.is(World.Mark.STARTED), "I1", () -> "the agent of " + pod + " starts again");
        check(entry.is(World.Mark.RECORDED), "I6", () -> pod + " starts, and its uid is not on record");
        for (World.Entry other : world.ledger()) {
            if (other != entry && other.life() == pod.life() && other.is(World.Mark.STARTED)) {
                check(
                        other.attempt() != pod.attempt(),
                        "I1",
                        () -> "attempt " + pod.attempt() + " starts in a second Pod");
                check(other.is(World.Mark.OVER), "I1", () -> pod + " starts while an earlier attempt may still run");
            }
        }
        JobFacts job = world.job();
        if (job != null && job.life() == pod.life()) {
            check(
                    job.attemptOf(pod.uid()).map(a -> !a.ended()).orElse(false),
                    "I2",
                    () -> pod + " starts after its attempt's end is on record, or with another on record");
            check(!job.finished(), "I2", () -> pod + " starts after the job's end is on record");
            check(job.prompt() == pod.prompt(), "I6", () -> pod + " asks what the job asked before it was changed");
        }
    }

    /** This status is about to be stored. */
    static void status(World world, JobFacts before, ClaudeJobStatus after) {
        JobFacts next = before.with(after);
        if (before.status() != null && before.finished()) {
            check(
                    before.status().phase() == after.phase(),
                    "I2",
                    () -> "the end " + before + " becomes " + after.phase());
        }
        List<Attempt> old = before.attempts();
        List<Attempt> now = next.attempts();
        check(now.size() >= old.size() && now.size() <= old.size() + 1, "I6", () -> "attempts are forgotten: " + now);
        for (int i = 0; i < old.size(); i++) {
            Attempt was = old.get(i);
            Attempt is = now.get(i);
            check(
                    was.podUID().equals(is.podUID()) && was.number() == is.number(),
                    "I6",
                    () -> "attempt " + was + " becomes " + is);
            check(!was.ended() || was.equals(is), "I2", () -> "an end on record changes: " + is);
            if (!was.ended() && is.ended()) {
                ended(world, is);
            }
        }
        check(next.number() >= before.number(), "I6", () -> "number " + before.number() + " becomes " + next.number());
        if (now.size() > old.size()) {
            begun(world, before, now.getLast());
        }
        check(
                after.retries() == null || after.retries() <= Math.min(1, now.size()),
                "I6",
                () -> after.retries() + " retries are spent after " + now.size() + " attempts");
        turns(world, next);
    }

    private static void begun(World world, JobFacts before, Attempt attempt) {
        World.Entry entry = world.ledger().get(PodFacts.uid(attempt.podUID()));
        check(
                entry.life() == before.life() && entry.attempt() == attempt.number(),
                "I6",
                () -> "attempt " + attempt.number() + " is given a Pod that was not made for it: " + attempt.podUID());
        check(
                attempt.number() == before.number() + 1,
                "I6",
                () -> "attempt " + attempt.number() + " follows number " + before.number());
        check(
                before.attempts().stream().allMatch(Attempt::ended),
                "I1",
                () -> "attempt " + attempt.number() + " is recorded before the end of the last");
    }

    private static void ended(World world, Attempt attempt) {
        int uid = PodFacts.uid(attempt.podUID());
        World.Entry entry = world.ledger().get(uid);
        Reason reason = Reason.valueOf(attempt.reason());
        check(
                reason != Reason.Succeeded || entry.reported() == Agent.DONE,
                "I2",
                () -> attempt.podUID() + " is said to have succeeded, and reported " + entry.reported());
        if (entry.is(World.Mark.FORCED)) {
            return;
        }
        boolean kept = switch (entry.reported()) {
            case DONE -> reason == Reason.Succeeded;
            case OVERLOADED -> reason == Reason.Overloaded || reason == Reason.Cancelled || reason == Reason.Evicted;
            default -> true;
        };
        check(
                kept,
                "I2",
                () -> attempt.podUID() + " reported " + entry.reported() + ", and " + reason + " is recorded");
        boolean over = world.pods().stream()
                .filter(p -> p.uid() == uid)
                .findFirst()
                .map(PodFacts::over)
                .orElse(true);
        check(over, "I2", () -> reason + " is recorded as the end of " + attempt.podUID() + ", which may still run");
        check(
                reason != Reason.PodLost || entry.is(World.Mark.TOUCHED),
                "I2",
                () -> attempt.podUID() + " is said to have been deleted by someone, and nobody did");
        check(
                attempt.exitCode() == null || entry.is(World.Mark.STARTED),
                "I6",
                () -> attempt.podUID() + " has an exit code, and never started");
    }

    /** We are about to delete this Pod. */
    static void delete(World world, PodFacts pod) {
        JobFacts job = world.job();
        boolean open = job != null
                && job.life() == pod.life()
                && job.attemptOf(pod.uid()).filter(a -> !a.ended()).isPresent();
        check(
                !open || Objects.requireNonNull(job).cancel(),
                "I4",
                () -> pod + " is deleted, and its attempt is to start");
        check(
                !open || pod.agent() != Agent.RUNNING || pod.is(PodFacts.Mark.STOPPED),
                "I2",
                () -> pod + " is deleted with its logs while its agent is at work");
    }

    /** We are about to take our finalizer from this Pod. */
    static void release(World world, PodFacts pod) {
        boolean open = world.jobOf(pod)
                && Objects.requireNonNull(world.job())
                        .attemptOf(pod.uid())
                        .filter(a -> !a.ended())
                        .isPresent();
        boolean neverStarts = pod.is(PodFacts.Mark.DELETING) && !pod.is(PodFacts.Mark.ON_NODE);
        check(!open || neverStarts, "I2", () -> pod + " is released before its end is on record");
    }

    /** What attempts used is added up once each. */
    private static void turns(World world, JobFacts job) {
        int most = job.attempts().stream()
                .filter(Attempt::ended)
                .mapToInt(a ->
                        world.ledger().get(PodFacts.uid(a.podUID())).reported().turns())
                .sum();
        Integer said = job.status() == null || job.status().usage() == null
                ? Integer.valueOf(0)
                : job.status().usage().turns();
        check(said == null || said <= most, "I6", () -> said + " turns are on record, and Pods reported " + most);
    }

    /** Faults are over, and nothing moves any more. */
    static void settled(World world) {
        JobFacts job = world.job();
        if (job != null) {
            check(job.finished(), "I4", () -> "nothing moves any more, and the job has not ended: " + world);
            check(job.attempts().stream().allMatch(Attempt::ended), "I4", () -> "an attempt has no end: " + job);
        }
        for (PodFacts pod : world.pods()) {
            // Whoever takes label, or owner and finalizer, from a Pod that is not on record any more takes it from us.
            boolean ours =
                    pod.is(PodFacts.Mark.LABELLED) && (pod.is(PodFacts.Mark.OWNED) || pod.is(PodFacts.Mark.HELD));
            check(!ours || !pod.is(PodFacts.Mark.HELD), "I5", () -> "our finalizer is left on " + pod);
            check(!ours || !pod.is(PodFacts.Mark.GATED), "I5", () -> "left at its gate: " + pod);
            check(!ours || world.jobOf(pod) || !pod.is(PodFacts.Mark.OWNED), "I5", () -> "its job is gone: " + pod);
        }
    }

    static void check(boolean holds, String rule, Supplier<String> what) {
        if (!holds) {
            throw new Broken(rule, what.get());
        }
    }
}
