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
                .forEach(key -> called.addAll(counter(key).waiting()));
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
        Map<String, Standing> standings = new HashMap<>();
        for (Key key : keys(facts)) {
            counter(key).standing(now).ifPresent(s -> standings.put(key.name(), s));
        }
        if (facts.state() == JobFacts.State.WAITING && !facts.resting(now)) {
            ask(facts, standings, now);
        }
        return new CredentialBook(true, standings);
    }

    /** Goes along the job's credentials up to the first that it may use, or has to wait for. */
    private void ask(JobFacts facts, Map<String, Standing> standings, Instant now) {
        for (Listed listed : facts.listed()) {
            if (leavesOwn(facts, listed, now)) {
                continue;
            }
            if (!(listed instanceof Listed.Shared shared)) {
                return;
            }
            String ref = shared.ref();
            Standing standing = standings.get(ref);
            if (standing == null) {
                return;
            }
            if (standing.closedTo(facts, now) || facts.leaves(standing.name(), now)) {
                continue;
            }
            Counter counter = counter(new Key(facts.key().namespace(), ref));
            boolean slot = counter.promise(facts, standing, line(counter, now), now);
            standings.put(ref, standing.withSlot(slot));
            if (slot || standing.trouble() == null || !standing.trouble().passedOver()) {
                return;
            }
        }
    }

    /** How a ClaudeCredential stands; empty when it does not exist. */
    public synchronized Optional<Standing> standing(ClaudeCredential credential, Instant now) {
        Counter counter = counter(key(credential));
        return counter.standing(now)
                .map(s -> s.counting(counter.active(), line(counter, now).size()));
    }

    // ---- the line

    /** The jobs that would start on it next, in order. */
    private List<JobFacts> line(Counter counter, Instant now) {
        return counter.open()
                .filter(job -> job.standsInLine(now))
                .filter(job -> aimsAt(job, counter.key(), now))
                .sorted(JobFacts.BY_CREATION)
                .toList();
    }

    /** True when a job that waits would come to this credential before it stops at another. */
    private boolean aimsAt(JobFacts job, Key wanted, Instant now) {
        for (Listed listed : job.listed()) {
            if (leavesOwn(job, listed, now)) {
                continue;
            }
            if (!(listed instanceof Listed.Shared shared)) {
                return false;
            }
            String ref = shared.ref();
            Optional<Standing> standing =
                    counter(new Key(wanted.namespace(), ref)).standing(now);
            if (ref.equals(wanted.name())) {
                return standing.isPresent()
                        && !standing.get().closedTo(job, now)
                        && !job.leaves(standing.get().name(), now);
            }
            boolean passed = standing.isPresent()
                    && (standing.get().closedTo(job, now)
                            || job.leaves(standing.get().name(), now)
                            || (standing.get().trouble() != null
                                    && standing.get().trouble().passedOver()));
            if (!passed) {
                return false;
            }
        }
        return false;
    }

    /** True for one of the job's own that it does not use for now: its next is the one that it wants. */
    private static boolean leavesOwn(JobFacts job, Listed listed, Instant now) {
        return listed instanceof Listed.Own own && job.leaves(own.name(), now);
    }

    private Set<Key> next(Set<Key> touched, Instant now, Predicate<JobFacts> wanted) {
        Set<Key> next = new HashSet<>();
        for (Key key : touched) {
            Counter counter = counter(key);
            counter.standing(now)
                    .ifPresent(s -> counter.admitted(s, line(counter, now), now).stream()
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
        return counter(key)
                .standing(now)
                .map(s -> List.of(
                        s.credential(),
                        Optional.ofNullable(s.maxConcurrentJobs()),
                        Optional.ofNullable(s.limitedUntil()),
                        Optional.ofNullable(s.trouble()).map(Standing.Trouble::reason)));
    }
}
