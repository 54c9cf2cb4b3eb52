package dev.claudejob.decide.model;

import dev.claudejob.decide.model.LineMind.Hand;
import dev.claudejob.decide.model.LineWorld.Card;
import dev.claudejob.decide.model.LineWorld.Job;
import dev.claudejob.decide.model.LineWorld.Pod;
import dev.claudejob.standing.CredentialBook;
import dev.claudejob.standing.CredentialDesk;
import dev.claudejob.standing.CredentialDesk.Calls;
import dev.claudejob.standing.DeskGlass;
import dev.claudejob.standing.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A leader's caches, its desk's promises, and what it has in hand for each job: reconciles of several jobs are under way at once.
 *
 * @param id another one after each start
 * @param promised bits of jobs
 * @param doubt bits of jobs whose last write nobody knows the end of: their promises stay
 * @param unaware bits of jobs that the desk was not told of
 */
record LineLeader(
        int id,
        List<Job> jobs,
        List<Pod> pods,
        Card card,
        List<@Nullable Hand> hands,
        int promised,
        int doubt,
        int unaware) {

    /** A leader that has just started: its caches are filled. */
    static LineLeader fresh(int id, LineWorld world, LineBug bug) {
        List<@Nullable Hand> none = new ArrayList<>();
        world.jobs().forEach(j -> none.add(null));
        int unaware =
                bug == LineBug.NEW_LEADER_KNOWS_NO_JOBS ? (1 << world.jobs().size()) - 1 : 0;
        return new LineLeader(
                id, world.jobs(), world.there(), world.card(), Collections.unmodifiableList(none), 0, 0, unaware);
    }

    LineLeader with(Job job) {
        return new LineLeader(
                id,
                LineWorld.set(jobs, job.index(), job),
                pods,
                card,
                hands,
                promised,
                doubt,
                unaware & ~(1 << job.index()));
    }

    LineLeader with(List<Pod> newer) {
        return new LineLeader(id, jobs, newer, card, hands, promised, doubt, unaware);
    }

    LineLeader with(Pod pod) {
        List<Pod> changed = new ArrayList<>(pods);
        changed.removeIf(p -> p.uid() == pod.uid());
        changed.add(pod);
        return with(List.copyOf(changed));
    }

    LineLeader with(Card newer) {
        return new LineLeader(id, jobs, pods, newer, hands, promised, doubt, unaware);
    }

    LineLeader holding(int job, @Nullable Hand hand) {
        return new LineLeader(id, jobs, pods, card, LineWorld.set(hands, job, hand), promised, doubt, unaware);
    }

    LineLeader promising(int bits) {
        return new LineLeader(id, jobs, pods, card, hands, bits, doubt & bits, unaware);
    }

    LineLeader doubting(int bits) {
        return new LineLeader(id, jobs, pods, card, hands, promised, bits, unaware);
    }

    boolean promised(int job) {
        return (promised & (1 << job)) != 0;
    }

    /** Of a job that has changed since, the record will fail. */
    boolean hasSlotInHand(int job) {
        Hand hand = hands.get(job);
        return hand != null
                && hand.job().open().isEmpty()
                && hand.job().equals(jobs.get(job))
                && hand.book().of(LineMind.TEAM.name()).filter(Standing::slot).isPresent();
    }

    List<Pod> podsOf(int job) {
        return pods.stream().filter(p -> p.job() == job).toList();
    }

    long active() {
        return jobs.stream().filter(Job::active).count();
    }

    /** What came of a word with the desk. */
    record Told(LineLeader leader, Set<Integer> called, CredentialBook book) {}

    /** The real desk, told all that this one knows. */
    static final class Desk {
        private final LineMind mind;
        private final LineBug bug;
        private final Map<Word, Reply> replies = new HashMap<>();

        Desk(LineMind mind, LineBug bug) {
            this.mind = mind;
            this.bug = bug;
        }

        CredentialDesk of(LineLeader leader) {
            CredentialDesk desk = new CredentialDesk();
            // Promises are made as they were: by a desk that has slots for all.
            Card roomy =
                    new Card(leader.card().life(), true, 1000, leader.card().secret(), 0);
            List<Job> asked = leader.jobs().stream()
                    .filter(j -> leader.promised(j.index()))
                    .map(j -> new Job(j.index(), true, false, 0, null))
                    .toList();
            desk.open(
                    List.of(mind.object(roomy)), asked.stream().map(mind::told).toList(), JobFacts.EARLY);
            asked.forEach(j -> desk.book(mind.told(j), JobFacts.EARLY));
            leader.jobs().stream()
                    .filter(j -> (leader.unaware() & (1 << j.index())) == 0)
                    .forEach(j -> {
                        desk.job(mind.told(j), JobFacts.EARLY);
                        if (!j.there() && bug != LineBug.DELETED_JOB_KEEPS_ITS_SLOT) {
                            desk.jobGone(mind.told(j), JobFacts.EARLY);
                        }
                    });
            desk.credential(mind.object(leader.card()), JobFacts.EARLY);
            if (!leader.card().there()) {
                desk.credentialGone(mind.object(leader.card()), JobFacts.EARLY);
            }
            return desk;
        }

        /** What the desk is told, or asked, and all that its answer depends on. */
        private record Word(List<Job> jobs, Card card, int promised, int unaware, Object about, int kind) {}

        private record Reply(int promised, Set<Integer> called, CredentialBook book) {}

        private Told told(
                LineLeader before, LineLeader after, Object about, int kind, Function<CredentialDesk, Calls> word) {
            Reply reply = replies.computeIfAbsent(
                    new Word(before.jobs(), before.card(), before.promised(), before.unaware(), about, kind), w -> {
                        CredentialDesk desk = of(before);
                        Calls calls = word.apply(desk);
                        return new Reply(promised(desk), called(calls), CredentialBook.EMPTY);
                    });
            return new Told(after.promising(reply.promised()), reply.called(), reply.book());
        }

        private int promised(CredentialDesk desk) {
            return DeskGlass.promised(desk, LineMind.TEAM).stream()
                    .mapToInt(uid -> 1 << Integer.parseInt(uid.substring("job-".length())))
                    .sum();
        }

        private Set<Integer> called(Calls calls) {
            return bug == LineBug.NOBODY_IS_CALLED
                    ? Set.of()
                    : calls.jobs().stream()
                            .map(key -> 'z' - key.name().charAt("review-".length()))
                            .collect(Collectors.toCollection(HashSet::new));
        }

        /** An event, or the answer to an own write. */
        Told job(LineLeader leader, Job job) {
            Job known = job.there()
                    ? job
                    : new Job(
                            job.index(),
                            false,
                            job.cancel(),
                            job.version(),
                            leader.jobs().get(job.index()).status());
            return told(
                    leader,
                    leader.with(known),
                    known,
                    0,
                    desk -> job.there()
                            ? desk.job(mind.told(job), JobFacts.EARLY)
                            : bug == LineBug.DELETED_JOB_KEEPS_ITS_SLOT
                                    ? desk.settled(mind.told(new Job(99, true, false, 1, null)), JobFacts.EARLY)
                                    : desk.jobGone(mind.told(job), JobFacts.EARLY));
        }

        Told card(LineLeader leader, Card card) {
            return told(
                    leader,
                    leader.with(card),
                    card,
                    1,
                    desk -> card.there()
                            ? desk.credential(mind.object(card), JobFacts.EARLY)
                            : desk.credentialGone(mind.object(card), JobFacts.EARLY));
        }

        Told settled(LineLeader leader, int job) {
            return bug == LineBug.PROMISE_KEPT_AFTER_THE_LOOK
                    ? new Told(leader, Set.of(), CredentialBook.EMPTY)
                    : told(
                            leader,
                            leader,
                            job,
                            2,
                            desk -> desk.settled(mind.told(leader.jobs().get(job)), JobFacts.EARLY));
        }

        /** @param late whether time has passed */
        Told book(LineLeader leader, int job, boolean late) {
            Reply reply = replies.computeIfAbsent(
                    new Word(leader.jobs(), leader.card(), leader.promised(), leader.unaware(), job, late ? 4 : 3),
                    w -> {
                        CredentialDesk desk = of(leader);
                        Instant now = late ? JobFacts.LATE : JobFacts.EARLY;
                        CredentialBook book = desk.book(mind.told(leader.jobs().get(job)), now);
                        if (bug == LineBug.NO_PROMISE) {
                            desk.settled(mind.told(leader.jobs().get(job)), now);
                        }
                        return new Reply(promised(desk), Set.of(), mind.one(book));
                    });
            return new Told(leader.with(leader.jobs().get(job)).promising(reply.promised()), Set.of(), reply.book());
        }

        int active(LineLeader leader) {
            return of(leader)
                    .standing(mind.object(leader.card()), JobFacts.EARLY)
                    .map(s -> s.active())
                    .orElse(-1);
        }
    }
}
