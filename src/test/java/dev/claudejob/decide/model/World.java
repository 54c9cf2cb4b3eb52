package dev.claudejob.decide.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is true, whoever knows it.
 *
 * @param job null once it is deleted
 * @param pods that exist, by name
 * @param ledger of every Pod that was ever made, by uid
 */
record World(@Nullable JobFacts job, List<PodFacts> pods, List<Entry> ledger) {
    enum Mark {
        /** Its uid was on record. */
        RECORDED,
        STARTED,
        /** Its agent can't run any more. */
        OVER,
        /** Somebody deleted it, or took from it what it is known by. */
        TOUCHED,
        /** Somebody took its finalizer: nobody is to blame for what is lost then. */
        FORCED
    }

    /** What became of a Pod. */
    record Entry(int life, int attempt, int prompt, int marks, Agent reported) {
        boolean is(Mark mark) {
            return (marks & (1 << mark.ordinal())) != 0;
        }

        Entry with(Mark mark) {
            return new Entry(life, attempt, prompt, marks | (1 << mark.ordinal()), reported);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || (other instanceof Entry that
                            && marks == that.marks
                            && reported == that.reported
                            && attempt == that.attempt
                            && life == that.life
                            && prompt == that.prompt);
        }

        @Override
        public int hashCode() {
            return (marks * 31 + reported.ordinal()) * 31 + attempt;
        }

        Entry reported(Agent what) {
            return new Entry(life, attempt, prompt, marks, what);
        }
    }

    World with(@Nullable JobFacts newer) {
        return new World(newer, pods, ledger);
    }

    Optional<PodFacts> named(int attempt) {
        return pods.stream().filter(p -> p.attempt() == attempt).findFirst();
    }

    /** With one more Pod. */
    World made(PodFacts pod) {
        List<Entry> more = new ArrayList<>(ledger);
        more.add(new Entry(pod.life(), pod.attempt(), pod.prompt(), 0, Agent.NONE));
        return new World(job, put(pods, pod), List.copyOf(more));
    }

    /** With a newer version of a Pod; one that nothing keeps is gone. */
    World with(PodFacts pod) {
        boolean kept = !pod.is(PodFacts.Mark.DELETING)
                || pod.is(PodFacts.Mark.HELD)
                || (pod.is(PodFacts.Mark.ON_NODE) && !pod.is(PodFacts.Mark.TERMINAL));
        return kept ? new World(job, put(pods, pod), ledger) : gone(pod);
    }

    World gone(PodFacts pod) {
        return new World(job, pods.stream().filter(p -> p.uid() != pod.uid()).toList(), ledger);
    }

    World noting(int uid, UnaryOperator<Entry> change) {
        List<Entry> changed = new ArrayList<>(ledger);
        changed.set(uid, change.apply(ledger.get(uid)));
        return new World(job, pods, List.copyOf(changed));
    }

    World noting(int uid, Mark mark) {
        return noting(uid, e -> e.with(mark));
    }

    /** True while the job that the Pod was made for exists. */
    boolean jobOf(PodFacts pod) {
        return job != null && job.life() == pod.life();
    }

    /** What a watch with our label selector shows. */
    List<PodFacts> selected() {
        for (PodFacts pod : pods) {
            if (!pod.is(PodFacts.Mark.LABELLED)) {
                return pods.stream().filter(p -> p.is(PodFacts.Mark.LABELLED)).toList();
            }
        }
        return pods;
    }

    static List<PodFacts> put(List<PodFacts> pods, PodFacts pod) {
        List<PodFacts> changed = new ArrayList<>(pods);
        changed.removeIf(p -> p.attempt() == pod.attempt());
        changed.add(pod);
        changed.sort(Comparator.comparingInt(PodFacts::attempt));
        return List.copyOf(changed);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof World that
                        && Objects.equals(job, that.job)
                        && pods.equals(that.pods)
                        && ledger.equals(that.ledger));
    }

    @Override
    public int hashCode() {
        return (Objects.hashCode(job) * 31 + pods.hashCode()) * 31 + ledger.hashCode();
    }

    @Override
    public String toString() {
        return (job == null ? "no job" : job) + (pods.isEmpty() ? "" : " | " + pods);
    }
}
