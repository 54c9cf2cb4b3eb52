package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.decide.model.LineMind.Hand;
import dev.claudejob.decide.model.LineWorld.Job;
import dev.claudejob.decide.model.LineWorld.Pod;
import dev.claudejob.decide.model.LineWorld.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * What must hold where jobs share a ClaudeCredential. Q1: no leader lets more jobs start than may, by what it knows and by what it did itself. So
 * while two are at work there are at most twice as many, and no more start until there are fewer. Q2: in order of creation. Q3: none during a usage limit that is known.
 * Q4: no slot is lost. Q5: once faults are over all jobs end, and nobody waits for a call that does not come. I1, I2, I6 as in {@link Rules}.
 */
final class LineRules {
    private LineRules() {}

    /** This leader's desk has just promised a slot to this job. */
    static void promised(LineLeader leader, int index, Instant now) {
        Job job = leader.jobs().get(index);
        String credential = leader.card().credential();
        check(leader.card().there(), "Q1", () -> "a slot of nothing for " + job);
        long others = leader.jobs().stream()
                .filter(j -> j.index() != index
                        && (j.active() || leader.promised(j.index()) || leader.hasSlotInHand(j.index())))
                .count();
        check(others < leader.card().max(), "Q1", () -> job + " gets a slot, and " + others + " have one");
        List<Job> before = leader.jobs().subList(0, index).stream()
                .filter(j -> !leader.promised(j.index()) && j.inLine(credential, now))
                .toList();
        check(others + before.size() < leader.card().max(), "Q2", () -> job + " gets a slot before " + before);
        if (leader.card().life() == 1) {
            boolean limited = leader.jobs().stream()
                    .filter(Job::there)
                    .flatMap(j -> j.attempts().stream())
                    .filter(a -> credential.equals(a.credential()) && a.finding() != null)
                    .map(a -> a.finding().limitedUntil())
                    .filter(Objects::nonNull)
                    .anyMatch(until -> now.isBefore(Instant.parse(until)));
            check(!limited, "Q3", () -> job + " gets a slot during a usage limit");
        }
    }

    /** Whatever a leader does next. */
    static void leader(LineLeader leader, int deskCounts) {
        for (Job job : leader.jobs()) {
            boolean busy = leader.hands().get(job.index()) != null || (leader.doubt() & (1 << job.index())) != 0;
            check(!leader.promised(job.index()) || busy, "Q4", () -> "a promise is left for " + job);
        }
        check(
                deskCounts < 0 || leader.unaware() != 0 || deskCounts == leader.active(),
                "Q4",
                () -> "the desk counts " + deskCounts + " at work, and " + leader.active() + " are");
    }

    /** Whatever a leader has recorded itself it counts, whether it has heard of it or not. */
    static void counted(LineWorld world, LineLeader leader) {
        for (Job job : world.jobs()) {
            int index = job.index();
            boolean own = job.active() && world.by().get(index) == leader.id();
            check(
                    !own || leader.jobs().get(index).active() || leader.promised(index),
                    "Q4",
                    () -> "its leader does not count " + job);
        }
    }

    static void start(LineWorld world, Pod pod) {
        Job job = world.jobs().get(pod.job());
        check((world.started() & LineWorld.bit(pod)) == 0, "I1", () -> pod + " starts, and its attempt did before");
        check(
                world.there().stream().noneMatch(p -> p.job() == pod.job() && p.stage() == Stage.RUNNING),
                "I1",
                () -> pod + " starts beside another");
        boolean recorded = job.open()
                .filter(a -> a.podUID().equals(LineMind.podUid(pod.uid())))
                .isPresent();
        check(!job.there() || recorded, "I6", () -> pod + " starts, and is not on record: " + job);
        check(
                !recorded
                        || LineWorld.Card.credential(pod.secret())
                                .equals(job.open().orElseThrow().credential()),
                "I6",
                () -> pod + " starts with another credential than is on record");
    }

    /** This status is about to be stored, by this leader. */
    static void status(LineWorld world, Hand hand, Job before, Job after, int leader) {
        List<Attempt> old = before.attempts();
        List<Attempt> now = after.attempts();
        check(
                after.number() >= before.number(),
                "I6",
                () -> "number " + before.number() + " becomes " + after.number());
        check(now.size() >= old.size() && now.size() <= old.size() + 1, "I6", () -> "attempts are forgotten: " + now);
        check(!before.finished() || after.finished(), "I2", () -> "an end on record is undone: " + after);
        for (int i = 0; i < old.size(); i++) {
            Attempt was = old.get(i);
            Attempt is = now.get(i);
            check(was.podUID().equals(is.podUID()), "I6", () -> "attempt " + was + " becomes " + is);
            check(!was.ended() || was.equals(is), "I2", () -> "an end on record changes: " + is);
            if (!was.ended() && is.ended()) {
                ended(world, is);
            }
        }
        if (now.size() > old.size()) {
            Attempt begun = now.getLast();
            check(old.isEmpty() || old.getLast().ended(), "I1", () -> begun + " is recorded before the last one's end");
            check(begun.number() == before.number() + 1, "I6", () -> begun + " follows " + before.number());
            // The ClaudeCredential may have been edited since this one was given its slot, and another after that.
            long others = world.jobs().stream()
                    .filter(j -> j.index() != after.index()
                            && j.active()
                            && world.by().get(j.index()) == leader)
                    .count();
            check(
                    others < Math.max(hand.most(), world.card().max()),
                    "Q1",
                    () -> after + " is recorded, and its leader has recorded " + others + " that are at work");
        }
    }

    private static void ended(LineWorld world, Attempt attempt) {
        world.there().stream()
                .filter(p -> LineMind.podUid(p.uid()).equals(attempt.podUID()))
                .forEach(p -> {
                    boolean kept = switch (p.stage()) {
                        case DONE -> Reason.Succeeded.name().equals(attempt.reason());
                        case LIMITED ->
                            Reason.UsageLimit.name().equals(attempt.reason())
                                    || Reason.Cancelled.name().equals(attempt.reason());
                        case NONE -> p.deleting();
                        case RUNNING -> false;
                        case KILLED -> true;
                    };
                    check(kept, "I2", () -> p + " ended as " + attempt.reason());
                });
        check(!Reason.PodLost.name().equals(attempt.reason()), "I4", () -> attempt + ": nobody deleted its Pod but us");
    }

    /** We are about to delete this Pod. */
    static void delete(LineWorld world, Pod pod) {
        Job job = world.jobs().get(pod.job());
        boolean open = job.open()
                .filter(a -> a.podUID().equals(LineMind.podUid(pod.uid())))
                .isPresent();
        check(!open || !job.there() || job.cancel(), "I4", () -> pod + " is deleted, and its attempt is to start");
    }

    /** Faults are over, and nothing moves any more. */
    static void settled(LineWorld world, LineLeader leader) {
        for (Job job : world.jobs()) {
            boolean refused = (world.refused() & (1 << job.index())) != 0;
            check(
                    !job.there() || job.finished() || (refused && job.open().isEmpty()),
                    "Q5",
                    () -> "nothing moves any more, and a job has not ended: " + world.jobs());
            check(
                    world.there().stream()
                            .noneMatch(p -> p.job() == job.index() && job.finished() && (p.held() || p.gated())),
                    "I5",
                    () -> "left behind: " + world.there());
        }
        check(leader.promised() == 0, "Q4", () -> "promises are left");
    }

    /** Nobody has anything to do before time passes. */
    static void nobodyWaitsInVain(LineLeader leader) {
        boolean limited = leader.jobs().stream()
                .flatMap(j -> j.attempts().stream())
                .anyMatch(a -> a.finding() != null && a.finding().limitedUntil() != null);
        if (leader.active() < leader.card().max() && !limited) {
            for (Job job : leader.jobs()) {
                check(
                        !job.inLine(leader.card().credential(), JobFacts.EARLY),
                        "Q5",
                        () -> job + " could start, and was not called");
            }
        }
    }

    private static void check(boolean holds, String rule, java.util.function.Supplier<String> what) {
        Rules.check(holds, rule, what);
    }
}
