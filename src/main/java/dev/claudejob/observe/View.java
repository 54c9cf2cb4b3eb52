package dev.claudejob.observe;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.pod.PodNames;
import dev.claudejob.standing.CredentialBook;
import dev.claudejob.summary.FullResult;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A job and its Pods at one moment, as far as the operator knows.
 *
 * @param pods those that were made for this very job, by uid; the oldest attempt first
 * @param known what was looked up for this very reconcile, beyond the caches
 * @param book the ClaudeCredentials that the job names
 */
public record View(ClaudeJob job, List<PodView> pods, Instant now, Known known, CredentialBook book) {
    /**
     * What was looked up on demand.
     *
     * @param lostPodUid the uid of a Pod that the apiserver itself says is gone
     * @param livePodUid the uid of a Pod that was just read from the apiserver itself
     * @param refusal why the apiserver did not create the Pod
     * @param result the whole result, from the helper's log; one with nothing in it after a look-up in vain
     * @param resultConfigMap the ConfigMap that now holds the whole result; empty when none could be made
     * @param delay what an Event says about a Pod that is slow to start; empty after a look-up in vain
     */
    public record Known(
            @Nullable String lostPodUid,
            @Nullable String livePodUid,
            @Nullable Refusal refusal,
            @Nullable FullResult result,
            @Nullable String resultConfigMap,
            @Nullable String delay) {
        public static final Known NOTHING = new Known(null, null, null, null, null, null);

        /** True when the apiserver itself was asked for this Pod. */
        public boolean asked(String podUid) {
            return podUid.equals(lostPodUid) || podUid.equals(livePodUid);
        }

        public Known withLostPod(String uid) {
            return new Known(uid, livePodUid, refusal, result, resultConfigMap, delay);
        }

        public Known withLivePod(String uid) {
            return new Known(lostPodUid, uid, refusal, result, resultConfigMap, delay);
        }

        public Known withRefusal(Refusal why) {
            return new Known(lostPodUid, livePodUid, why, result, resultConfigMap, delay);
        }

        public Known withResult(FullResult found) {
            return new Known(lostPodUid, livePodUid, refusal, found, resultConfigMap, delay);
        }

        public Known withResultConfigMap(String name) {
            return new Known(lostPodUid, livePodUid, refusal, result, name, delay);
        }

        public Known withDelay(String cause) {
            return new Known(lostPodUid, livePodUid, refusal, result, resultConfigMap, cause);
        }
    }

    /**
     * Why a Pod could not be made.
     *
     * @param stalled whether it takes a change of the job to have one made
     */
    public record Refusal(Reason reason, String message, boolean stalled) {}

    /** The same for a job that names no ClaudeCredential. */
    public static View of(ClaudeJob job, Stream<Pod> pods, Instant now) {
        return of(job, pods, now, CredentialBook.EMPTY);
    }

    /** Keeps only the Pods that were made for this very job: a namesake's are none of its business. */
    public static View of(ClaudeJob job, Stream<Pod> pods, Instant now, CredentialBook book) {
        String uid = job.getMetadata().getUid();
        return new View(
                job,
                pods.filter(pod -> ours(pod, uid))
                        .map(PodView::new)
                        .sorted(Comparator.comparingInt(PodView::attempt))
                        .toList(),
                now,
                Known.NOTHING,
                book);
    }

    /** True when {@code pod} was made for the job of this uid: it controls it, or would if somebody had not taken the owner away. */
    public static boolean ours(Pod pod, String uid) {
        return controlledBy(pod, uid) || disowned(pod, uid);
    }

    private static boolean controlledBy(Pod pod, String uid) {
        return pod.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController()) && uid.equals(owner.getUid()));
    }

    private static boolean disowned(Pod pod, String uid) {
        Map<String, String> labels = pod.getMetadata().getLabels();
        return labels != null
                && uid.equals(labels.get(PodNames.JOB_UID_LABEL))
                && pod.getMetadata().getFinalizers().contains(PodNames.RESULT_FINALIZER)
                && pod.getMetadata().getOwnerReferences().stream()
                        .noneMatch(owner -> Boolean.TRUE.equals(owner.getController()));
    }

    /** True when somebody took from a Pod of ours what we, or the garbage collector, know it by. */
    public boolean astray(PodView pod) {
        return !pod.selected() || !controlledBy(pod.pod(), job.getMetadata().getUid());
    }

    /** The same moment, after one more look-up. */
    public View knowing(Known more) {
        return new View(job, pods, now, more, book);
    }

    /** The same Pods, with the job as the apiserver just returned it. */
    public View withJob(ClaudeJob newer) {
        return new View(newer, pods, now, known, book);
    }

    /** The same job, with a Pod as the apiserver just returned it. */
    public View withPod(Pod newer) {
        PodView changed = new PodView(newer);
        return new View(
                job,
                Stream.concat(pods.stream().filter(p -> !p.uid().equals(changed.uid())), Stream.of(changed))
                        .sorted(Comparator.comparingInt(PodView::attempt))
                        .toList(),
                now,
                known,
                book);
    }

    /** What the job asks for, with what each ClaudeCredential is in its place. */
    public ClaudeJobSpec spec() {
        ClaudeJobSpec spec = job.getSpec();
        return book.standings().isEmpty() ? spec : spec.withCredentials(book.resolve(spec));
    }

    /** The job with {@link #spec()}; not to be written. */
    public ClaudeJob resolvedJob() {
        ClaudeJob resolved = new ClaudeJob();
        resolved.setMetadata(job.getMetadata());
        resolved.setSpec(spec());
        resolved.setStatus(job.getStatus());
        return resolved;
    }

    public @Nullable ClaudeJobStatus status() {
        return job.getStatus();
    }

    public boolean deleting() {
        return job.getMetadata().getDeletionTimestamp() != null;
    }

    /** True once the job's end is on record. */
    public boolean finished() {
        ClaudeJobStatus status = status();
        return status != null && status.phase() != null && status.phase().finished();
    }

    /** The newest attempt on record. */
    public Optional<Attempt> recordedAttempt() {
        ClaudeJobStatus status = status();
        List<Attempt> attempts = status == null ? null : status.attempts();
        return attempts == null || attempts.isEmpty() ? Optional.empty() : Optional.of(attempts.getLast());
    }

    public Optional<PodView> podOf(Attempt attempt) {
        return pods.stream().filter(pod -> pod.uid().equals(attempt.podUID())).findFirst();
    }
}
