package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.decide.DecideSettings;
import dev.claudejob.decide.Decider;
import dev.claudejob.decide.Decision;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.standing.CredentialBook;
import dev.claudejob.status.Rest;
import dev.claudejob.status.Statuses;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The real {@link Decider}, {@link Statuses}, {@link View} and {@link PodBuilder}, asked once for each view that there is. A seeded bug in
 * what is decided is put between the decider and its answer.
 */
final class Mind {
    /** A view, with values in place of objects. */
    record Sight(JobFacts job, List<PodFacts> pods, boolean late, View.Known known) {
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || (other instanceof Sight that
                            && late == that.late
                            && job.equals(that.job)
                            && pods.equals(that.pods)
                            && known.equals(that.known));
        }

        @Override
        public int hashCode() {
            return (job.hashCode() * 31 + pods.hashCode()) * 31 + (late ? 1 : 0);
        }
    }

    /** What the operator of {@link Bug#NEXT_NUMBER_AFTER_A_TIMEOUT} remembers. */
    static final String TIMEOUT = "timeout";

    private final Decider decider = new Decider(new DecideSettings(Duration.ofSeconds(300), true, Upstreams.DEFAULT));
    private final PodBuilder builder = new PodBuilder(PodStory.SETTINGS);
    private final String spec;
    private final Bug bug;
    private final Map<Object, Object> canonical = new HashMap<>();
    private final Map<Sight, Move> moves = new IdentityHashMap<>();
    private final Map<JobFacts, Map<List<PodFacts>, Sight>> early = new HashMap<>();
    private final Map<JobFacts, Map<List<PodFacts>, Sight>> late = new HashMap<>();
    private final Map<JobFacts, ClaudeJob> jobs = new HashMap<>();
    private final Map<PodFacts, Pod> pods = new HashMap<>();
    private final Map<Pod, PodFacts> facts = new IdentityHashMap<>();

    /** @param spec in YAML, besides the prompt */
    Mind(String spec, Bug bug) {
        this.spec = spec;
        this.bug = bug;
    }

    /** Equal values as one object. */
    @SuppressWarnings("unchecked")
    <T> T one(T value) {
        Object first = canonical.putIfAbsent(value, value);
        return first == null ? value : (T) first;
    }

    ClaudeJob object(JobFacts job) {
        return jobs.computeIfAbsent(job, j -> j.object(spec));
    }

    Pod object(PodFacts pod) {
        Pod known = pods.get(pod);
        if (known == null) {
            known = pod.object();
            pods.put(pod, known);
            facts.put(known, pod);
        }
        return known;
    }

    /** As {@code PodActions.create} makes it. */
    PodFacts build(JobFacts job, int attempt, int uid) {
        PodFacts made = PodFacts.of(builder.build(object(job), attempt, List.of(0)), job, uid);
        return switch (bug) {
            case NO_GATE -> made.without(PodFacts.Mark.GATED);
            case NO_FINALIZER -> made.without(PodFacts.Mark.HELD);
            default -> made;
        };
    }

    /** True when the Pod may be adopted, as {@code PodActions.adopt} asks it. */
    boolean adoptable(JobFacts job, int attempt, PodFacts existing) {
        Pod pod = object(existing);
        return bug == Bug.ALREADY_EXISTS_ADOPTED_BY_NAME
                || (View.ours(pod, job.uid()) && new PodView(pod).attempt() == attempt);
    }

    /** A look at the caches. */
    Sight look(JobFacts job, List<PodFacts> cached, boolean timePassed) {
        return (timePassed ? late : early)
                .computeIfAbsent(job, j -> new HashMap<>())
                .computeIfAbsent(
                        cached,
                        pods -> sight(View.of(
                                object(job),
                                pods.stream().map(this::object),
                                timePassed ? JobFacts.LATE : JobFacts.EARLY)));
    }

    Sight knowing(Sight sight, View.Known more) {
        return one(new Sight(sight.job(), sight.pods(), sight.late(), more));
    }

    Sight early(Sight sight) {
        return one(new Sight(sight.job(), sight.pods(), false, sight.known()));
    }

    Sight with(Sight sight, PodFacts pod) {
        return sight(view(sight).withPod(object(pod)));
    }

    Sight with(Sight sight, JobFacts job) {
        return one(new Sight(job, sight.pods(), sight.late(), sight.known()));
    }

    private View view(Sight sight) {
        // What it was made from was put in order and sifted then.
        return new View(
                object(sight.job()),
                sight.pods().stream().map(p -> new PodView(object(p))).toList(),
                sight.late() ? JobFacts.LATE : JobFacts.EARLY,
                sight.known(),
                CredentialBook.EMPTY);
    }

    private Sight sight(View view) {
        JobFacts job = job(view);
        List<PodFacts> seen = view.pods().stream().map(this::facts).toList();
        return one(new Sight(job, one(seen), view.now().equals(JobFacts.LATE), view.known()));
    }

    private JobFacts job(View view) {
        ClaudeJob job = view.job();
        return one(new JobFacts(
                Integer.parseInt(job.getMetadata().getUid().substring("job-".length())),
                Integer.parseInt(Objects.requireNonNull(job.getSpec().prompt()).substring(1)),
                job.getSpec().cancelRequested(),
                job.getMetadata().getGeneration(),
                job.getStatus()));
    }

    private PodFacts facts(PodView pod) {
        return Objects.requireNonNull(facts.get(pod.pod()));
    }

    /** What is done next by whoever has this view. */
    Move move(Sight sight) {
        Move known = moves.get(sight);
        if (known == null) {
            known = one(move(sight, view(sight)));
            moves.put(sight, known);
        }
        return known;
    }

    private Move move(Sight sight, View view) {
        return switch (mistaken(view, decider.decide(view))) {
            case Decision.Wait wait -> Move.wait(wait.until() != null);
            case Decision.CreatePod create -> new Move(Move.Kind.CREATE, create.attempt(), null, 0, null);
            case Decision.WriteStatus write -> {
                ClaudeJobStatus status = one(JobFacts.timeless(write.status()));
                yield status == sight.job().status() ? Move.wait(false) : new Move(Move.Kind.WRITE, 0, null, 0, status);
            }
            case Decision.OpenGate open -> Move.of(Move.Kind.OPEN, facts(open.pod()));
            case Decision.StopPod stop -> Move.of(Move.Kind.STOP, facts(stop.pod()));
            case Decision.DeletePod delete -> Move.of(Move.Kind.DELETE, facts(delete.pod()));
            case Decision.ReleasePod release -> Move.of(Move.Kind.RELEASE, facts(release.pod()));
            case Decision.Reclaim reclaim -> Move.of(Move.Kind.RECLAIM, facts(reclaim.pod()));
            case Decision.ConfirmLost lost ->
                new Move(
                        Move.Kind.CONFIRM,
                        lost.attempt().number(),
                        null,
                        PodFacts.uid(lost.attempt().podUID()),
                        null);
            // Nothing is found; it changes nothing but texts.
            case Decision.ExplainDelay delay ->
                move(sight, view.knowing(view.known().withDelay("")));
            case Decision.Nudge nudge -> throw new IllegalStateException("no credential is missing");
            case Decision.ReadResult read -> throw new IllegalStateException("no result is cut");
            case Decision.SaveResult save -> throw new IllegalStateException("no result is long");
            case Decision.DeleteJob delete -> throw new IllegalStateException("no time to live was set");
        };
    }

    // ---- seeded bugs

    private Decision mistaken(View view, Decision right) {
        Optional<Attempt> open = view.recordedAttempt().filter(a -> !a.ended());
        Optional<PodView> its = open.flatMap(view::podOf);
        boolean ends = right instanceof Decision.WriteStatus write
                && its.isPresent()
                && Objects.requireNonNull(write.status().attempts()).getLast().ended();
        return switch (bug) {
            case GATE_BEFORE_RECORD ->
                starts(right)
                        ? atGate(view).<Decision>map(Decision.OpenGate::new).orElse(right)
                        : right;
            case RELEASE_BEFORE_RECORD -> ends && its.get().held() ? new Decision.ReleasePod(its.get()) : right;
            case SILENCE_BELIEVED_WITHOUT_A_LIVE_LOOK ->
                right instanceof Decision.ConfirmLost lost && its.isPresent()
                        ? decider.decide(view.knowing(
                                view.known().withLivePod(lost.attempt().podUID())))
                        : right;
            case LOST_WITHOUT_A_LIVE_LOOK ->
                right instanceof Decision.ConfirmLost lost && its.isEmpty()
                        ? decider.decide(view.knowing(
                                view.known().withLostPod(lost.attempt().podUID())))
                        : right;
            case LOST_POD_IS_RETRIED ->
                right instanceof Decision.WriteStatus write
                                && open.isPresent()
                                && its.isEmpty()
                                && Reason.PodLost.name().equals(write.status().reason())
                        ? again(view, open.get(), null)
                        : right;
            case SUCCESS_IS_RETRIED ->
                ends
                                && Reason.Succeeded.name()
                                        .equals(((Decision.WriteStatus) right)
                                                .status()
                                                .reason())
                        ? again(view, open.get(), its.get())
                        : right;
            case CANCEL_WITHOUT_WAITING_FOR_THE_END ->
                open.isPresent() && view.job().getSpec().cancelRequested()
                        ? new Decision.WriteStatus(
                                Statuses.ended(view, open.get(), null, new Outcome(Reason.Cancelled, "")), null)
                        : right;
            case OLD_SPEC_IS_STARTED ->
                right instanceof Decision.DeletePod && view.recordedAttempt().isEmpty() && !view.finished()
                        ? atGate(view).map(pod -> record(view, pod)).orElse(right)
                        : right;
            case SECOND_POD_FOR_A_RECORDED_ATTEMPT ->
                right instanceof Decision.ConfirmLost lost && its.isEmpty()
                        ? atGate(view)
                                .map(pod -> record(view, pod))
                                .orElse(new Decision.CreatePod(lost.attempt().number() + 1, List.of(0)))
                        : right;
            case NEXT_NUMBER_AFTER_A_TIMEOUT ->
                right instanceof Decision.CreatePod create
                                && TIMEOUT.equals(view.known().delay())
                        ? atGate(view)
                                .map(pod -> record(view, pod))
                                .orElse(new Decision.CreatePod(create.attempt() + 1, create.credentials()))
                        : right;
            case LEFTOVERS_ARE_KEPT ->
                right instanceof Decision.DeletePod && view.finished() ? new Decision.Wait(null) : right;
            case NO_RELEASE -> right instanceof Decision.ReleasePod ? new Decision.Wait(null) : right;
            case NO_RECLAIM -> right instanceof Decision.Reclaim ? new Decision.Wait(null) : right;
            default -> right;
        };
    }

    private static boolean starts(Decision decision) {
        return decision instanceof Decision.WriteStatus write
                && Reason.Starting.name().equals(write.status().reason());
    }

    private static Optional<PodView> atGate(View view) {
        return view.pods().stream().filter(PodView::gated).findFirst();
    }

    private static Decision record(View view, PodView pod) {
        return new Decision.WriteStatus(
                Statuses.started(
                        view,
                        pod,
                        pod.attempt(),
                        Credentials.of(view.job().getSpec(), Upstreams.DEFAULT).first(),
                        null),
                null);
    }

    @SuppressWarnings("NullAway")
    private static Decision again(View view, Attempt attempt, @Nullable PodView pod) {
        ClaudeJobStatus status = Objects.requireNonNull(view.status());
        int spent = Objects.requireNonNullElse(status.retries(), 0);
        if (spent > 0) {
            return new Decision.WriteStatus(Statuses.ended(view, attempt, pod, new Outcome(Reason.PodLost, "")), null);
        }
        return new Decision.WriteStatus(
                Statuses.resting(
                        view, attempt, pod, new Outcome(Reason.PodLost, ""), new Rest(1, view.now(), List.of())),
                null);
    }
}
