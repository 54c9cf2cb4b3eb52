package dev.claudejob.faults;

import dev.claudejob.testing.PodStory;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What happens to one job and the operators that run it.
 *
 * @param life how the job goes when nothing disturbs it
 * @param disturbance what does
 * @param seed of what is left to chance
 */
record Plan(Life life, Disturbance disturbance, long seed) {
    /** How a job goes. */
    enum Life {
        SUCCEEDS("Succeeded", 1),
        FAILS("Failed", 1),
        IS_CANCELLED("Cancelled", 1),
        IS_RETRIED("Succeeded", 2);

        final String end;
        final int attempts;

        Life(String end, int attempts) {
            this.end = end;
            this.attempts = attempts;
        }

        /** How the agent of this attempt ends, and what its helper says. */
        int exitCode(int attempt) {
            return this == FAILS || (this == IS_RETRIED && attempt == 1) ? 1 : 0;
        }

        String summary(int attempt) {
            if (exitCode(attempt) == 0) {
                return PodStory.GOOD;
            }
            return """
                    {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":%d,"text":"no"}""".formatted(this == FAILS ? 401 : 529);
        }
    }

    /** What disturbs it. */
    sealed interface Disturbance {
        /** The operator's machine loses power at its n-th write; another operator takes over. */
        record Death(int write, Moment moment) implements Disturbance {}

        /** When at that write. */
        enum Moment {
            BEFORE_IT_IS_SENT,
            WITH_THE_ANSWER_LOST,
            AFTER_THE_ANSWER
        }

        /** Every request may meet a fault of this kind. */
        record Faults(Kind kind) implements Disturbance {}

        /** What kind. */
        enum Kind {
            CONFLICT,
            TOO_MANY_REQUESTS,
            ERROR_BEFORE,
            ERROR_AFTER,
            LOST_REQUEST,
            LOST_ANSWER,
            SLOW,
            WATCH_CLOSES,
            WATCH_STALLS,
            WATCH_REPEATS,
            WATCH_GONE,
            WATCH_TRAVELS_BACK,
            ALL
        }

        /**
         * The operator stops at its n-th write, with the write in flight; another takes over, and takes the job to its end; then the first goes on.
         *
         * @param podsGone somebody deletes the job's Pods before it does
         */
        record Pause(int write, boolean podsGone) implements Disturbance {
            /** Whether it makes a Pod when all is over: nodes have all the time to start it, before any operator does something about it. */
            boolean createsLate() {
                return podsGone && write == 1;
            }
        }

        /** Of two operators, one of which the Lease lets work, that one falls ill at its n-th write, until the other has taken over. */
        record Elected(int write, Illness illness) implements Disturbance {}

        /** What happens to a leader. */
        enum Illness {
            /** It stops, with the write in flight, and goes on when all is over. */
            IS_PAUSED,
            /** The same, and somebody deletes the job's Pods before it goes on. */
            IS_PAUSED_AND_PODS_GO,
            /** Its machine loses power when the write is done. */
            DIES,
            /** Its machine has no apiserver any more: it loses its Lease, and has to end by itself. */
            IS_ALONE
        }

        /** The apiserver is away for a while from the operator's n-th write on. Nodes go on. */
        record Outage(int write, Duration time) implements Disturbance {}

        /** The operator's machine loses power after its n-th write; the Pod runs to its end, and somebody deletes it; then another takes over. */
        record Absence(int write) implements Disturbance {}
    }

    /** What the first operator's line does with each call. */
    Function<Line.Call, Fault> faults() {
        return switch (disturbance) {
            case Disturbance.Death death ->
                call -> call.write() != death.write()
                        ? new Fault.None()
                        : switch (death.moment()) {
                            case BEFORE_IT_IS_SENT -> new Fault.LostRequest();
                            case WITH_THE_ANSWER_LOST -> new Fault.Death(false);
                            case AFTER_THE_ANSWER -> new Fault.Death(true);
                        };
            case Disturbance.Pause pause ->
                call -> call.write() == pause.write() || (pause.createsLate() && call.write() == 2)
                        ? new Fault.Freeze()
                        : new Fault.None();
            case Disturbance.Outage outage ->
                call -> call.write() == outage.write() ? new Fault.Outage(outage.time()) : new Fault.None();
            case Disturbance.Elected elected ->
                call -> call.write() != elected.write()
                        ? new Fault.None()
                        : switch (elected.illness()) {
                            case IS_PAUSED, IS_PAUSED_AND_PODS_GO -> new Fault.Freeze();
                            case DIES -> new Fault.Death(false);
                            case IS_ALONE -> new Fault.Outage(Duration.ofHours(1));
                        };
            case Disturbance.Absence absence ->
                call -> call.write() == absence.write() ? new Fault.Death(true) : new Fault.None();
            case Disturbance.Faults faults -> byChance(faults.kind());
        };
    }

    /** A few faults, and no more: what a job's end is measured by comes after the last. */
    private Function<Line.Call, Fault> byChance(Disturbance.Kind kind) {
        Random random = new Random(seed);
        int[] left = {kind == Disturbance.Kind.ALL ? 12 : 6};
        return call -> {
            synchronized (random) {
                // Of watches there are few.
                boolean now = left[0] > 0 && random.nextInt(call.watch() ? 1 : 3) == 0;
                Fault fault = now ? fault(kind, call, random) : null;
                if (fault == null) {
                    return new Fault.None();
                }
                left[0]--;
                return fault;
            }
        };
    }

    private static @Nullable Fault fault(Disturbance.Kind kind, Line.Call call, Random random) {
        Disturbance.Kind chosen = kind;
        if (kind == Disturbance.Kind.ALL) {
            List<Disturbance.Kind> kinds = List.of(Disturbance.Kind.values());
            chosen = kinds.get(random.nextInt(kinds.size() - 1));
        }
        if (call.watch()) {
            return switch (chosen) {
                case WATCH_CLOSES -> new Fault.WatchCloses(random.nextInt(4));
                case WATCH_STALLS -> new Fault.WatchStalls(random.nextInt(4), Duration.ofSeconds(3));
                case WATCH_REPEATS -> new Fault.WatchRepeats();
                case WATCH_TRAVELS_BACK -> new Fault.WatchTravelsBack(1 + random.nextInt(6));
                case WATCH_GONE -> new Fault.WatchIsGone(random.nextInt(4));
                default -> null;
            };
        }
        return switch (chosen) {
            case CONFLICT -> call.write() > 0 ? new Fault.Refuse(409) : null;
            case TOO_MANY_REQUESTS -> new Fault.Refuse(429);
            case ERROR_BEFORE -> new Fault.Refuse(500 + random.nextInt(5));
            case ERROR_AFTER -> new Fault.DoneButError(500 + random.nextInt(5));
            case LOST_REQUEST -> new Fault.LostRequest();
            case LOST_ANSWER -> new Fault.LostAnswer();
            // Rarely longer than the client's own patience.
            case SLOW ->
                new Fault.Slow(
                        random.nextInt(20) == 0
                                ? Duration.ofSeconds(30)
                                : Duration.ofMillis(200 + random.nextInt(2000)));
            default -> null;
        };
    }

    @Override
    public String toString() {
        return life + " / " + disturbance + " / seed " + seed;
    }
}
