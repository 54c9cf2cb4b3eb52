package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.claude.Remedy;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.standing.Waits;
import dev.claudejob.status.Rest;
import dev.claudejob.status.Results;
import dev.claudejob.status.Statuses;
import dev.claudejob.summary.FullResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides the next step for a job. docs/design/control-flow.md tells the order of steps and why no attempt can start twice: a Pod is
 * created gated, its uid goes on record, and only then the gate opens.
 */
public final class Decider {
    /**
     * After the agent's end, or another change of its Pod, the helper has this long to speak. A kubelet sees to it within the grace period; only a
     * node that is gone never does.
     */
    static final Duration HELPER_PATIENCE = Duration.ofMinutes(5);

    /** Another container may outlive the agent by this much before its Pod is deleted. */
    static final Duration STRAGGLER_PATIENCE = Duration.ofSeconds(5);

    /** And then has this long to end: the helper is not told to until it has, and the job's end with it. */
    static final Duration STRAGGLER_GRACE = Duration.ofSeconds(5);

    /** A Pod that was told to stop and is not over after this is deleted. */
    static final Duration STOP_PATIENCE = Duration.ofSeconds(60);

    /** A start that takes longer than this deserves a word why. */
    static final Duration SLOW_START = Duration.ofSeconds(10);

    /** How soon to look for that word again when there was none. */
    static final Duration EXPLANATION_PAUSE = Duration.ofSeconds(20);

    private final DecideSettings settings;

    public Decider(DecideSettings settings) {
        this.settings = settings;
    }

    public Decision decide(View view) {
        if (view.deleting()) {
            return cleanUp(view).orElse(new Decision.Wait(null));
        }
        if (view.finished()) {
            return finished(view);
        }
        Optional<Attempt> attempt = view.recordedAttempt().filter(a -> !a.ended());
        return attempt.isPresent() ? underWay(view, attempt.get()) : notStarted(view);
    }

    // ---- before an attempt is on record

    private Decision notStarted(View view) {
        ClaudeJobSpec spec = view.job().getSpec();
        if (spec.cancelRequested()) {
            // A gated Pod that may be there is no longer ours to start: the end on record comes first, then it is
            // cleaned up.
            return end(
                    Statuses.endedUnstarted(
                            view,
                            new Outcome(
                                    Reason.Cancelled,
                                    view.recordedAttempt().isPresent()
                                            ? "The job was cancelled while it waited for its next attempt."
                                            : "The job was cancelled before it started.")),
                    true);
        }
        Optional<Outcome> wrong = Requests.problem(view.spec(), settings.upstreams());
        if (wrong.isPresent()) {
            return end(Statuses.endedUnstarted(view, wrong.get()), true);
        }
        Optional<Decision> before = betweenAttempts(view);
        if (before.isPresent()) {
            return before.get();
        }
        int next = Starts.nextNumber(view);
        Optional<Decision> givenUp = Starts.cleanUp(view, next);
        if (givenUp.isPresent()) {
            return givenUp.get();
        }
        Optional<PodView> pod =
                view.pods().stream().filter(p -> p.attempt() == next).findFirst();
        if (pod.isPresent()
                && pod.get().gated()
                && pod.get().stripped()
                && !pod.get().deleting()) {
            return stripped(view, pod.get());
        }
        return Starts.next(view, next, pod.orElse(null), settings);
    }

    /** Made anew only after a pause: whoever did it may do it each time. */
    private static Decision stripped(View view, PodView pod) {
        Instant again = pod.created().plus(Starts.LONGEST_REFUSAL_PAUSE);
        return waits(
                        view,
                        Reason.PodRejected,
                        "Something in the cluster took the annotations from the Pod " + pod.name()
                                + ", which the operator needs. The Pod is made anew once a minute.")
                .orElseGet(() -> view.now().isBefore(again) ? new Decision.Wait(again) : Starts.giveUp(view, pod));
    }

    /** The last attempt's Pod is given up at once; the next attempt waits for the end of a pause. */
    private static Optional<Decision> betweenAttempts(View view) {
        Optional<Attempt> last = view.recordedAttempt();
        if (last.isEmpty()) {
            return Optional.empty();
        }
        Optional<PodView> left = view.podOf(last.get()).filter(PodView::held);
        if (left.isPresent()) {
            return left.map(Decision.ReleasePod::new);
        }
        return Optional.ofNullable(view.status())
                .filter(status -> Remedy.pauses(status.reason()))
                .map(ClaudeJobStatus::resumeAt)
                .map(Instant::parse)
                .filter(at -> Waits.last(at, view.now()))
                .map(Decision.Wait::new);
    }

    // ---- while an attempt is on record

    private Decision underWay(View view, Attempt attempt) {
        Optional<PodView> found = view.podOf(attempt);
        if (found.isEmpty()) {
            return missing(view, attempt);
        }
        PodView pod = found.get();
        if (view.astray(pod)) {
            return new Decision.Reclaim(pod, attempt.number());
        }
        if (pod.over(view.now(), HELPER_PATIENCE)) {
            // A cache may be behind by more than any patience.
            return pod.silent() && !view.known().asked(pod.uid())
                    ? new Decision.ConfirmLost(attempt)
                    : over(view, attempt, pod);
        }
        boolean cancelled = view.job().getSpec().cancelRequested();
        if (pod.gated()) {
            return cancelled && !pod.deleting() ? new Decision.DeletePod(pod) : openGate(pod);
        }
        if (pod.agentEnd().isPresent()) {
            // Before any stop: an end that came first is not to look like one that was asked for.
            return ending(view, pod);
        }
        Instant deadline = deadline(view, attempt);
        if (cancelled || (deadline != null && !view.now().isBefore(deadline))) {
            Decision stop = stop(view, pod);
            // Nobody there hears of it: the job is not at work for all that anybody knows.
            return stop instanceof Decision.Wait && pod.nodeSilent()
                    ? waits(view, Reason.NodeLost, Blocker.nodeSilent(pod).message())
                            .orElse(stop)
                    : stop;
        }
        if (pod.nodeSilent()) {
            return blocked(view, pod, Blocker.nodeSilent(pod), deadline);
        }
        if (pod.deleting()) {
            // Its end comes as an event. Until then status says why it had to go: what the kubelet reports while it
            // tears it down would hide that.
            return new Decision.Wait(null);
        }
        Optional<Blocker> blocker = Blocker.of(view, pod, attempt, settings);
        if (blocker.isPresent()) {
            return blocked(view, pod, blocker.get(), deadline);
        }
        return progressing(view, attempt, pod, deadline);
    }

    private static Decision openGate(PodView pod) {
        return pod.deleting() ? new Decision.Wait(null) : new Decision.OpenGate(pod);
    }

    private Decision missing(View view, Attempt attempt) {
        if (attempt.podUID().equals(view.known().lostPodUid())) {
            Outcome outcome = view.job().getSpec().cancelRequested()
                    ? new Outcome(Reason.Cancelled, "The job was cancelled, and its Pod is gone.")
                    : new Outcome(
                            Reason.PodLost,
                            "The Pod " + attempt.podName()
                                    + " is gone, and nobody saw how it ended: its finalizer was removed by force.");
            return end(Statuses.ended(view, attempt, null, outcome), true);
        }
        return new Decision.ConfirmLost(attempt);
    }

    private Decision over(View view, Attempt attempt, PodView pod) {
        Outcome outcome = Ends.outcome(view, attempt, pod);
        Optional<Rest> rest = Retries.after(view, attempt, pod, outcome);
        if (rest.isPresent()) {
            return new Decision.WriteStatus(
                    Statuses.resting(view, attempt, pod, outcome, rest.get()),
                    new Decision.Note(true, outcome.reason().name(), outcome.message()));
        }
        if (settings.resultFromLogs() && pod.summary().cut() && view.known().result() == null) {
            return new Decision.ReadResult(pod);
        }
        FullResult whole = view.known().result();
        if (whole != null && Results.needsConfigMap(whole) && view.known().resultConfigMap() == null) {
            return new Decision.SaveResult(whole);
        }
        if ("".equals(view.known().resultConfigMap())) {
            outcome = new Outcome(
                    outcome.reason(),
                    outcome.message() + " Of the answer only the beginning is kept: the ConfigMap "
                            + view.job().getMetadata().getName()
                            + "-result belongs to somebody else, or may not be made.");
        }
        return end(Statuses.ended(view, attempt, pod, outcome), !outcome.succeeded());
    }

    static Decision end(ClaudeJobStatus status, boolean warning) {
        return new Decision.WriteStatus(
                status,
                new Decision.Note(
                        warning, Objects.requireNonNull(status.reason()), Objects.requireNonNull(status.message())));
    }

    /** A Pod whose agent runs is stopped but kept, with its logs. One whose agent does not run has nothing to keep. */
    private Decision stop(View view, PodView pod) {
        if (pod.deleting()) {
            return new Decision.Wait(null);
        }
        if (!pod.agentStarted()) {
            return new Decision.DeletePod(pod);
        }
        if (!pod.stopRequested()) {
            return new Decision.StopPod(pod);
        }
        Instant patience = pod.stopRequestedAt().orElse(view.now()).plus(STOP_PATIENCE);
        return view.now().isBefore(patience) ? new Decision.Wait(patience) : new Decision.DeletePod(pod);
    }

    private Decision ending(View view, PodView pod) {
        Instant ended = pod.agentEndKnown().orElse(view.now());
        if (pod.straggler().isPresent() && !pod.deleting()) {
            Instant patience = ended.plus(STRAGGLER_PATIENCE);
            return view.now().isBefore(patience)
                    ? new Decision.Wait(patience)
                    : new Decision.DeletePod(pod, STRAGGLER_GRACE);
        }
        return new Decision.Wait(ended.plus(HELPER_PATIENCE).plusSeconds(1));
    }

    private Decision blocked(View view, PodView pod, Blocker blocker, @Nullable Instant deadline) {
        if (blocker.reason() == Reason.AuthFailed
                && view.known().delay() == null
                && !says(view, Phase.Waiting, Reason.AuthFailed)) {
            // Or its helper does not answer at all: an Event tells.
            return new Decision.ExplainDelay(pod);
        }
        Optional<Decision> news = waits(view, blocker.reason(), blocker.message());
        if (news.isPresent()) {
            return news.get();
        }
        if (blocker.until() != null && !view.now().isBefore(blocker.until())) {
            return new Decision.DeletePod(pod);
        }
        if (blocker.credential() && view.job().getSpec().delivery() == CredentialDelivery.Helper) {
            Optional<Instant> next = Blocker.nextNudge(pod);
            if (next.isPresent() && !view.now().isBefore(next.get())) {
                return new Decision.Nudge(pod);
            }
            return new Decision.Wait(earliest(deadline, next.orElse(null)));
        }
        return new Decision.Wait(earliest(deadline, blocker.until()));
    }

    private Decision progressing(View view, Attempt attempt, PodView pod, @Nullable Instant deadline) {
        boolean byHelper = view.job().getSpec().delivery() == CredentialDelivery.Helper;
        if (pod.agentRunningSince().isPresent() && (pod.helperReady() || !byHelper)) {
            return says(view, Phase.Running, Reason.Running)
                    ? new Decision.Wait(deadline)
                    : new Decision.WriteStatus(Statuses.running(view, pod, attempt), null);
        }
        if (pod.agentRunningSince().isPresent()) {
            // Not ready yet, and not long enough to be worth a word.
            return new Decision.Wait(
                    earliest(deadline, view.now().plus(Blocker.NOTICE).plusSeconds(1)));
        }
        return starting(view, pod);
    }

    private Decision starting(View view, PodView pod) {
        Instant slow = pod.acknowledged().orElse(view.now()).plus(SLOW_START);
        if (view.now().isBefore(slow)) {
            // That no node takes it is worth a word earlier, and nothing else will wake us up to say it.
            Instant soon = view.now().plus(Blocker.NOTICE).plusSeconds(1);
            return new Decision.Wait(pod.unschedulable().isPresent() && soon.isBefore(slow) ? soon : slow);
        }
        if (says(view, Phase.Waiting, Reason.PodRejected)) {
            return new Decision.Wait(null);
        }
        String cause = view.known().delay();
        if (cause == null) {
            return new Decision.ExplainDelay(pod);
        }
        return cause.isEmpty()
                ? new Decision.Wait(view.now().plus(EXPLANATION_PAUSE))
                : waits(view, Reason.PodRejected, "The Pod does not start: " + cause)
                        .orElse(new Decision.Wait(null));
    }

    /** When the attempt has used up what earlier ones left of activeDeadlineSeconds; null for no limit, and before it runs. */
    static @Nullable Instant deadline(View view, Attempt attempt) {
        Long seconds = view.job().getSpec().activeDeadlineSeconds();
        if (seconds == null || attempt.startTime() == null) {
            return null;
        }
        ClaudeJobStatus status = view.status();
        long earlier = status == null || status.durationSeconds() == null ? 0 : status.durationSeconds();
        return Instant.parse(attempt.startTime()).plusSeconds(Math.max(0, seconds - earlier));
    }

    /** What there is to write of something that keeps the job from going on; empty once status says so. */
    static Optional<Decision> waits(View view, Reason reason, String message) {
        return Statuses.says(view, Phase.Waiting, reason, message)
                ? Optional.empty()
                : Optional.of(new Decision.WriteStatus(
                        Statuses.waiting(view, reason, message), trouble(view, reason, message)));
    }

    /** People are told of a trouble once, whatever becomes of its words. */
    static Decision.@Nullable Note trouble(View view, Reason reason, String message) {
        return says(view, Phase.Waiting, reason) ? null : new Decision.Note(true, reason.name(), message);
    }

    static boolean says(View view, Phase phase, Reason reason) {
        return Statuses.says(view.status(), phase, reason);
    }

    // ---- after the end

    private static Decision finished(View view) {
        Optional<Decision> left = cleanUp(view);
        if (left.isPresent()) {
            return left.get();
        }
        ClaudeJobStatus status = Objects.requireNonNull(view.status());
        if (!Objects.equals(
                status.observedGeneration(), view.job().getMetadata().getGeneration())) {
            return new Decision.WriteStatus(Statuses.observed(view.job(), status), null);
        }
        Long ttl = view.job().getSpec().ttlSecondsAfterFinished();
        if (ttl == null || status.completionTime() == null) {
            return new Decision.Wait(null);
        }
        Instant expiry = Instant.parse(status.completionTime()).plusSeconds(ttl);
        return view.now().isBefore(expiry) ? new Decision.Wait(expiry) : new Decision.DeleteJob();
    }

    /** Pods that nothing more is to be learnt from. One that could still start or run is deleted first. */
    private static Optional<Decision> cleanUp(View view) {
        for (PodView pod : view.pods()) {
            boolean idle = pod.phaseTerminal() || pod.agentEnd().isPresent();
            if (!idle && !pod.deleting() && !view.deleting()) {
                return Optional.of(new Decision.DeletePod(pod));
            }
            if (pod.held() && (idle || pod.deleting())) {
                return Optional.of(new Decision.ReleasePod(pod));
            }
        }
        return Optional.empty();
    }

    static @Nullable Instant earliest(@Nullable Instant a, @Nullable Instant b) {
        return Stream.of(Optional.ofNullable(a), Optional.ofNullable(b))
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .orElse(null);
    }
}
