package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.standing.JobFacts.Listed;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Where jobs ask for a ClaudeCredential. It is told of every job and every ClaudeCredential, by events and by the answers to the operator's own
 * writes, so that it is never behind what the operator itself has done. All that it holds comes from these objects, but for the slots that it
 * has promised to jobs which are about to record their start: one may not be given twice.
 *
 * <p>Thread-safe: a slot is asked for and promised in one step.
 */
public final class CredentialDesk {
    private final Map<Key, Counter> counters = new HashMap<>();
    private final Map<String, JobFacts> jobs = new HashMap<>();
    private final Gone gone = new Gone();
    private boolean open;

    /**
     * Who should look again, because of what the desk was just told.
     *
     * @param credentials ClaudeCredentials whose status may have to change
     * @param jobs jobs that may start, or have to say something else
     */
    public record Calls(Set<Key> credentials, Set<Key> jobs) {
        static final Calls NONE = new Calls(Set.of(), Set.of());
    }

    /** From now on it knows all that there is. */
    public synchronized void open(
            Collection<ClaudeCredential> allCredentials, Collection<ClaudeJob> allJobs, Instant now) {
        allCredentials.forEach(c -> counter(key(c)).is(c));
        allJobs.forEach(j -> job(j, now));
        open = true;
    }

    // ---- what it is told

    /** A job is there, or has changed. */
    public synchronized Calls job(ClaudeJob job, Instant now) {
        String uid = job.getMetadata().getUid();
        if (gone.contains(uid)) {
            // A reconcile that began before it was deleted.
            return Calls.NONE;
        }
        JobFacts before = jobs.get(uid);
        if (before == null && !JobFacts.concerned(job)) {
            return Calls.NONE;
        }
        // One that names none any more is kept: else an older version of it would be news.
        JobFacts facts = JobFacts.of(job);
        if (before != null && before.version() >= facts.version()) {
            return Calls.NONE;
        }
        Set<Key> keys = keys(facts);
        Set<Key> left = before == null ? Set.of() : keys(before);
        Set<Key> touched = new HashSet<>(keys);
        touched.addAll(left);
        return told(touched, now, () -> {
            jobs.put(uid, facts);
            left.stream()
                    .filter(key -> !keys.contains(key))
                    .forEach(key -> counter(key).forget(uid));
            keys.forEach(key -> counter(key).job(facts));
        });
    }

    /** A job is gone. */
    public synchronized Calls jobGone(ClaudeJob job, Instant now) {
        String uid = job.getMetadata().getUid();
        gone.add(uid);
        JobFacts facts = jobs.get(uid);
        if (facts == null) {
            return Calls.NONE;
        }
        return told(keys(facts), now, () -> {
            jobs.remove(facts.uid());
            keys(facts).forEach(key -> counter(key).forget(facts.uid()));
        });
    }

    /** A ClaudeCredential is there, or has changed. Jobs that wait for it are called when they have something new to say. */
    public synchronized Calls credential(ClaudeCredential credential, Instant now) {
        if (gone.contains(credential.getMetadata().getUid())) {
            return Calls.NONE;
        }
        Key key = key(credential);
        Calls calls = told(Set.of(key), now, () -> counter(key).is(credential));
        // It is looked at already, whoever tells of it: a call would never end.
        return new Calls(Set.of(), calls.jobs());
    }

    /** A ClaudeCredential is gone. */
    public synchronized Calls credentialGone(ClaudeCredential credential, Instant now) {
        gone.add(credential.getMetadata().getUid());
        Key key = key(credential);
        return new Calls(
                Set.of(),
                told(Set.of(key), now, () -> counter(key).isGone(credential)).jobs());
    }

    private Calls told(Set<Key> touched, Instant now, Runnable change) {
        if (!open) {
            // Whoever waits for it to open looks again by itself.
            change.run();
            return new Calls(touched, Set.of());
        }
        Map<Key, Optional<List<Object>>> before = new HashMap<>();
        touched.forEach(key -> before.put(key, words(key, now)));
        change.run();
        Set<Key> called = next(touched, now, job -> true);
        touched.stream()
                .filter(key -> !words(key, now).equals(before.get(key)))
                .forEach(key -> counter(key).waiting().map(JobFacts::key).forEach(called::add));
        touched.forEach(this::tidy);
        return new Calls(touched, called);
    }

    /** Names that nobody has any more must not add up. */
    private void tidy(Key key) {
        Counter counter = counters.get(key);
        if (counter != null && counter.unused()) {
            counters.remove(key);
        }
    }

    /** A job has been looked at to the end: what was promised to it is on record by now, or not needed. */
    public synchronized Calls settled(ClaudeJob job, Instant now) {
        JobFacts facts = jobs.get(job.getMetadata().getUid());
        if (facts == null) {
            return Calls.NONE;
        }
        Set<Key> freed = new HashSet<>(keys(facts));
        freed.removeIf(key -> !counter(key).release(facts.uid()));
        // Only those behind it: it and those before it were not held up by its promise, and would call each other in
        // turn.
        return freed.isEmpty()
                ? Calls.NONE
                : new Calls(Set.of(), next(freed, now, other -> JobFacts.BY_CREATION.compare(other, facts) > 0));
    }

    // ---- what it is asked

    /** How the ClaudeCredentials of a job stand for it. Where it says that there is a slot, that is promised until the job is settled. */
    public synchronized CredentialBook book(ClaudeJob job, Instant now) {
        if (!JobFacts.concerned(job)) {
            return CredentialBook.EMPTY;
        }
        if (!open) {
            return CredentialBook.UNKNOWN;
        }
        job(job, now);
        JobFacts facts = JobFacts.of(job);
        JobFacts known = jobs.get(facts.uid());
        if (known == null || known.version() > facts.version()) {
            // The caller's cache is behind what this operator has written, or the job is gone.
            return CredentialBook.UNKNOWN;
        }
        Look look = new Look(now);
        Map<String, Standing> standings = new HashMap<>();
        for (Key key : keys(facts)) {
            look.at(key).ifPresent(s -> standings.put(key.name(), s));
        }
        if (facts.state() == JobFacts.State.WAITING && !facts.resting(now)) {
            ask(facts, standings, look);
        }
        return new CredentialBook(true, standings);
    }

    /** Goes along the job's credentials up to the first that it may use, or has to wait for. */
    private void ask(JobFacts facts, Map<String, Standing> standings, Look look) {
        for (Listed listed : facts.listed()) {
            if (leavesOwn(facts, listed, look.now)) {
                continue;
            }
            if (!(listed instanceof Listed.Shared shared)) {
                return;
            }
            Standing standing = standings.get(shared.ref());
            if (standing == null) {
                return;
            }
            if (look.passes(facts, standing)) {
                continue;
            }
            Counter counter = counter(new Key(facts.key().namespace(), shared.ref()));
            boolean slot = counter.promise(facts, standing, look.line(counter), look.now);
            standings.put(shared.ref(), standing.withSlot(slot));
            if (slot || standing.trouble() == null || !standing.trouble().passedOver()) {
                return;
            }
        }
    }

    /** How a ClaudeCredential stands; empty when it does not exist. */
    public synchronized Optional<Standing> standing(ClaudeCredential credential, Instant now) {
        Counter counter = counters.get(key(credential));
        if (counter == null) {
            return Optional.empty();
        }
        Look look = new Look(now);
        return look.at(counter.key()).map(s -> s.counting(counter.active(), look.waiting(counter, s)));
    }

    // ---- the line

    /** How ClaudeCredentials stand at one moment: each is looked at once, however many jobs wait for it. */
    private final class Look {
        private final Instant now;
        private final Map<Key, Optional<Standing>> standings = new HashMap<>();

        Look(Instant now) {
            this.now = now;
        }

        Optional<Standing> at(Key key) {
            return standings.computeIfAbsent(
                    key, k -> Optional.ofNullable(counters.get(k)).flatMap(counter -> counter.standing(now)));
        }

        /** The jobs that would start on it next, in order. */
        Stream<JobFacts> line(Counter counter) {
            return counter.waiting()
                    .filter(job -> job.standsInLine(now))
                    .filter(job -> comesTo(job, counter.key()))
                    .filter(job ->
                            at(counter.key()).filter(s -> !passes(job, s)).isPresent());
        }

        /** Those in line, and while its usage limit lasts those that it has parked. */
        int waiting(Counter counter, Standing standing) {
            return standing.limited(now)
                    ? (int) counter.waiting()
                            .filter(job -> !job.refused() && comesTo(job, counter.key()))
                            .count()
                    : (int) line(counter).count();
        }

        /** True when a job that waits would not stop at another credential before this one. */
        private boolean comesTo(JobFacts job, Key wanted) {
            for (Listed listed : job.listed()) {
                if (leavesOwn(job, listed, now)) {
                    continue;
                }
                if (!(listed instanceof Listed.Shared shared)) {
                    return false;
                }
                if (shared.ref().equals(wanted.name())) {
                    return true;
                }
                boolean goesOn = at(new Key(wanted.namespace(), shared.ref()))
                        .filter(s -> passes(job, s)
                                || (s.trouble() != null && s.trouble().passedOver()))
                        .isPresent();
                if (!goesOn) {
                    return false;
                }
            }
            return false;
        }

        private boolean passes(JobFacts job, Standing standing) {
            return standing.closedTo(job, now) || job.leaves(standing.name(), now);
        }
    }

    /** True for one of the job's own that it does not use for now: its next is the one that it wants. */
    private static boolean leavesOwn(JobFacts job, Listed listed, Instant now) {
        return listed instanceof Listed.Own own && job.leaves(own.name(), now);
    }

    private Set<Key> next(Set<Key> touched, Instant now, Predicate<JobFacts> wanted) {
        Look look = new Look(now);
        Set<Key> next = new HashSet<>();
        for (Key key : touched) {
            Counter counter = counter(key);
            look.at(key)
                    .ifPresent(s -> counter.admitted(s, look.line(counter), now).stream()
                            .filter(wanted)
                            .forEach(job -> next.add(job.key())));
        }
        return next;
    }

    /** The ClaudeCredentials that it keeps anything of. */
    synchronized Set<Key> names() {
        return Set.copyOf(counters.keySet());
    }

    /** Uids of the jobs that have a promise of it. */
    synchronized Set<String> promised(Key key) {
        Counter counter = counters.get(key);
        return counter == null ? Set.of() : counter.promised();
    }

    private Counter counter(Key key) {
        return counters.computeIfAbsent(key, Counter::new);
    }

    private static Set<Key> keys(JobFacts facts) {
        Set<Key> keys = new HashSet<>();
        facts.refs().forEach(ref -> keys.add(new Key(facts.key().namespace(), ref)));
        return keys;
    }

    private static Key key(ClaudeCredential credential) {
        return new Key(
                credential.getMetadata().getNamespace(),
                credential.getMetadata().getName());
    }

    /** What jobs that wait say of it. */
    private Optional<List<Object>> words(Key key, Instant now) {
        return new Look(now)
                .at(key)
                .map(s -> List.of(
                        s.credential(),
                        Optional.ofNullable(s.maxConcurrentJobs()),
                        Optional.ofNullable(s.limitedUntil()),
                        Optional.ofNullable(s.trouble()).map(Standing.Trouble::reason)));
    }
}
