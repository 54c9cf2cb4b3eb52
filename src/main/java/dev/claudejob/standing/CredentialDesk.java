package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
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
        if (!JobFacts.concerned(job)) {
            return Calls.NONE;
        }
        JobFacts facts = JobFacts.of(job);
        JobFacts before = jobs.get(facts.uid());
        if (before != null && before.version() >= facts.version()) {
            return Calls.NONE;
        }
        return told(keys(facts), now, () -> {
            jobs.put(facts.uid(), facts);
            keys(facts).forEach(key -> counter(key).job(facts));
        });
    }

    /** A job is gone. */
    public synchronized Calls jobGone(ClaudeJob job, Instant now) {
        JobFacts facts = jobs.get(job.getMetadata().getUid());
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
        Key key = key(credential);
        Calls calls = told(Set.of(key), now, () -> counter(key).is(credential));
        // It is looked at already, whoever tells of it: a call would never end.
        return new Calls(Set.of(), calls.jobs());
    }

    /** A ClaudeCredential is gone. */
    public synchronized Calls credentialGone(ClaudeCredential credential, Instant now) {
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
        return new Calls(touched, called);
    }

    /** A job has been looked at to the end: what was promised to it is on record by now, or not needed. */
    public synchronized Calls settled(ClaudeJob job, Instant now) {
        String uid = job.getMetadata().getUid();
        Set<Key> freed = new HashSet<>();
        counters.forEach((key, counter) -> {
            if (counter.release(uid)) {
                freed.add(key);
            }
        });
        JobFacts facts = jobs.get(uid);
        if (freed.isEmpty() || facts == null) {
            return Calls.NONE;
        }
        // Only those behind it: it and those before it were not held up by its promise, and would call each other in
        // turn.
        return new Calls(Set.of(), next(freed, now, other -> JobFacts.BY_CREATION.compare(other, facts) > 0));
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
        if (jobs.getOrDefault(facts.uid(), facts).version() > facts.version()) {
            // The caller's cache is behind what this operator has written.
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
        Instant now = look.now;
        for (Optional<String> ref : facts.refs()) {
            Standing standing = ref.map(standings::get).orElse(null);
            if (standing == null) {
                return;
            }
            if (standing.closedTo(facts, now) || facts.leaves(standing.name(), now)) {
                continue;
            }
            Counter counter = counter(new Key(facts.key().namespace(), ref.orElseThrow()));
            boolean slot = counter.promise(facts, standing, look.line(counter), now);
            standings.put(ref.orElseThrow(), standing.withSlot(slot));
            if (slot || standing.trouble() == null || !standing.trouble().passedOver()) {
                return;
            }
        }
    }

    /** How a ClaudeCredential stands; empty when it does not exist. */
    public synchronized Optional<Standing> standing(ClaudeCredential credential, Instant now) {
        Counter counter = counter(key(credential));
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
            return standings.computeIfAbsent(key, k -> counter(k).standing(now));
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
            for (Optional<String> ref : job.refs()) {
                if (ref.isEmpty()) {
                    return false;
                }
                if (ref.get().equals(wanted.name())) {
                    return true;
                }
                boolean goesOn = at(new Key(wanted.namespace(), ref.get()))
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

    private Counter counter(Key key) {
        return counters.computeIfAbsent(key, Counter::new);
    }

    private static Set<Key> keys(JobFacts facts) {
        Set<Key> keys = new HashSet<>();
        facts.refs()
                .forEach(ref ->
                        ref.ifPresent(name -> keys.add(new Key(facts.key().namespace(), name))));
        return keys;
    }

    private static Key key(ClaudeCredential credential) {
        return new Key(
                credential.getMetadata().getNamespace(),
                credential.getMetadata().getName());
    }

    /** What jobs that wait say of it. */
    private Optional<List<Object>> words(Key key, Instant now) {
        return counter(key)
                .standing(now)
                .map(s -> List.of(
                        s.credential(),
                        Optional.ofNullable(s.maxConcurrentJobs()),
                        Optional.ofNullable(s.limitedUntil()),
                        Optional.ofNullable(s.trouble()).map(Standing.Trouble::reason)));
    }
}
