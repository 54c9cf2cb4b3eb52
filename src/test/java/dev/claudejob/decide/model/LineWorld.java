package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is true of jobs that share one ClaudeCredential.
 *
 * @param jobs in the order in which they were created
 * @param by which leader recorded the last attempt of each job
 * @param started bits of attempts whose agent has started
 * @param pods how many were ever made
 * @param refused bits of jobs whose Pods the cluster refuses
 */
record LineWorld(List<Job> jobs, Card card, List<Pod> there, List<Integer> by, long started, int pods, int refused) {
    /** @param version of the object: one more with each write */
    record Job(
            int index,
            boolean there,
            boolean cancel,
            int version,
            @Nullable ClaudeJobStatus status) {
        /** A status is large, and its version tells it. */
        @Override
        public int hashCode() {
            return ((index * 31 + version) * 31 + (there ? 1 : 0)) * 31 + (cancel ? 1 : 0);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || (other instanceof Job that
                            && index == that.index
                            && there == that.there
                            && cancel == that.cancel
                            && version == that.version
                            && Objects.equals(status, that.status));
        }

        List<Attempt> attempts() {
            return status == null || status.attempts() == null ? List.of() : status.attempts();
        }

        Optional<Attempt> open() {
            return attempts().isEmpty() || attempts().getLast().ended()
                    ? Optional.empty()
                    : Optional.of(attempts().getLast());
        }

        boolean finished() {
            return status != null && status.phase() != null && status.phase().finished();
        }

        boolean active() {
            return there && open().isPresent();
        }

        int number() {
            return status == null || status.attempt() == null ? 0 : status.attempt();
        }

        Job with(@Nullable ClaudeJobStatus newer) {
            return new Job(index, there, cancel, version + 1, newer);
        }

        /** True when nothing but a slot keeps it from starting on a credential. */
        boolean inLine(String credential, Instant now) {
            boolean refused = status != null
                    && status.phase() == Phase.Waiting
                    && Reason.PodRejected.name().equals(status.reason());
            boolean cooling = status != null
                    && status.cooldowns() != null
                    && status.cooldowns().stream()
                            .anyMatch(c -> c.credential().equals(credential)
                                    && (c.until() == null || now.isBefore(Instant.parse(c.until()))));
            return there && !cancel && !finished() && open().isEmpty() && !refused && !cooling;
        }

        @Override
        public String toString() {
            return "job " + index + (there ? "" : " gone") + (cancel ? " cancelled" : "") + " v" + version
                    + (status == null ? "" : " " + JobFacts.words(status));
        }
    }

    /** @param secret which Secret it names */
    record Card(int life, boolean there, int max, int secret, int version) {
        String credential() {
            return credential(secret);
        }

        static String credential(int secret) {
            return "s" + secret + "/token";
        }
    }

    enum Stage {
        NONE,
        RUNNING,
        DONE,
        /** It met the usage limit. */
        LIMITED,
        KILLED;

        boolean over() {
            return this == DONE || this == LIMITED || this == KILLED;
        }
    }

    record Pod(int job, int attempt, int uid, int secret, Stage stage, boolean gated, boolean held, boolean deleting) {
        Pod at(Stage now) {
            return new Pod(job, attempt, uid, secret, now, gated, held, deleting);
        }

        Pod opened() {
            return new Pod(job, attempt, uid, secret, stage, false, held, deleting);
        }

        Pod released() {
            return new Pod(job, attempt, uid, secret, stage, gated, false, deleting);
        }

        Pod deleted() {
            return new Pod(job, attempt, uid, secret, stage, gated, held, true);
        }

        @Override
        public String toString() {
            return "Pod " + job + "/" + attempt + "#" + uid + " " + stage + (gated ? " gated" : "")
                    + (held ? " held" : "") + (deleting ? " deleting" : "");
        }
    }

    static LineWorld of(int jobs, int max) {
        List<Job> all = new ArrayList<>();
        List<Integer> by = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            all.add(new Job(i, true, false, 1, null));
            by.add(-1);
        }
        return new LineWorld(List.copyOf(all), new Card(1, true, max, 1, 1), List.of(), by, 0, 0, 0);
    }

    LineWorld with(Job job) {
        return new LineWorld(set(jobs, job.index(), job), card, there, by, started, pods, refused);
    }

    LineWorld recorded(int job, int leader) {
        return new LineWorld(jobs, card, there, set(by, job, leader), started, pods, refused);
    }

    LineWorld with(Card newer) {
        return new LineWorld(jobs, newer, there, by, started, pods, refused);
    }

    LineWorld refusing(int jobBits) {
        return new LineWorld(jobs, card, there, by, started, pods, jobBits);
    }

    LineWorld made(Pod pod) {
        List<Pod> more = new ArrayList<>(there);
        more.add(pod);
        return new LineWorld(jobs, card, List.copyOf(more), by, started, pods + 1, refused);
    }

    /** With a newer version of a Pod; one that nothing keeps is gone. */
    LineWorld with(Pod pod) {
        List<Pod> changed = new ArrayList<>(there);
        changed.replaceAll(p -> p.uid() == pod.uid() ? pod : p);
        changed.removeIf(p -> p.deleting() && !p.held() && p.stage() != Stage.RUNNING);
        return new LineWorld(jobs, card, List.copyOf(changed), by, started, pods, refused);
    }

    LineWorld without(int job) {
        List<Pod> left = there.stream().filter(p -> p.job() != job).toList();
        return new LineWorld(jobs, card, left, by, started, pods, refused);
    }

    LineWorld starting(Pod pod) {
        LineWorld w = with(pod.at(Stage.RUNNING));
        return new LineWorld(jobs, card, w.there, by, started | bit(pod), pods, refused);
    }

    static long bit(Pod pod) {
        return 1L << (pod.job() * 16 + pod.attempt());
    }

    Optional<Pod> named(int job, int attempt) {
        return there.stream()
                .filter(p -> p.job() == job && p.attempt() == attempt)
                .findFirst();
    }

    Optional<Pod> same(Pod pod) {
        return there.stream().filter(p -> p.uid() == pod.uid()).findFirst();
    }

    static <T> List<T> set(List<T> list, int index, T value) {
        List<T> changed = new ArrayList<>(list);
        changed.set(index, value);
        return Collections.unmodifiableList(changed);
    }
}
