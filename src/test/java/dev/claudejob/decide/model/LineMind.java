package dev.claudejob.decide.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.decide.DecideSettings;
import dev.claudejob.decide.Decider;
import dev.claudejob.decide.Decision;
import dev.claudejob.decide.model.LineWorld.Card;
import dev.claudejob.decide.model.LineWorld.Job;
import dev.claudejob.decide.model.LineWorld.Pod;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.standing.CredentialBook;
import dev.claudejob.standing.Key;
import dev.claudejob.standing.Standing;
import dev.claudejob.status.Statuses;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The real objects that the model's facts stand for, and the real {@link Decider} on them. */
final class LineMind {
    static final Key TEAM = new Key(Jobs.NAMESPACE, "team");

    private static final Instant LIMIT_ENDS = JobFacts.START.plusSeconds(10);

    private static final String LIMITED = """
            {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":429,"turns":1,\
            "costUSD":"0.01","usage":{"in":1,"out":2,"cacheRead":3,"cacheWrite":4},\
            "limit":{"resetsAt":%1$d,"status":"rejected"},"cooling":[{"c":0,"why":"UsageLimit","until":%1$d}]}""".formatted(LIMIT_ENDS.getEpochSecond());

    /** What a leader has in hand in the reconcile of a job. */
    record Hand(Job job, List<Pod> pods, boolean late, View.Known known, CredentialBook book) {
        @Override
        public int hashCode() {
            return (job.hashCode() * 31 + pods.hashCode()) * 31 + (late ? 1 : 0);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || (other instanceof Hand that
                            && late == that.late
                            && job.equals(that.job)
                            && pods.equals(that.pods)
                            && known.equals(that.known)
                            && book.equals(that.book));
        }

        Instant now() {
            return late ? JobFacts.LATE : JobFacts.EARLY;
        }

        Hand with(Job newer) {
            return new Hand(newer, pods, late, known, book);
        }

        Hand with(Pod newer) {
            List<Pod> changed = new java.util.ArrayList<>(pods);
            changed.removeIf(p -> p.uid() == newer.uid());
            changed.add(newer);
            return new Hand(job, List.copyOf(changed), late, known, book);
        }

        Hand knowing(View.Known more) {
            return new Hand(job, pods, late, more, book);
        }

        Hand early() {
            return new Hand(job, pods, false, known, book);
        }

        int most() {
            return book.of(TEAM.name()).map(Standing::maxConcurrentJobs).orElse(Integer.MAX_VALUE);
        }
    }

    /** A decision with facts in place of objects. */
    sealed interface Do {
        record Wait(boolean forTime) implements Do {}

        record Create(Pod pod) implements Do {}

        record Write(ClaudeJobStatus status) implements Do {
            @Override
            public String toString() {
                return "write " + JobFacts.words(status);
            }
        }

        record Open(Pod pod) implements Do {}

        record Stop(Pod pod) implements Do {}

        record Delete(Pod pod) implements Do {}

        record Release(Pod pod) implements Do {}

        record Confirm(int uid) implements Do {}
    }

    private final Decider decider = new Decider(new DecideSettings(Duration.ofSeconds(300), true, Upstreams.DEFAULT));
    private final PodBuilder builder = new PodBuilder(PodStory.SETTINGS);
    private final LineBug bug;
    private final Map<Object, Object> canonical = new HashMap<>();
    private final Map<Hand, Do> decisions = new HashMap<>();
    private final Map<Job, ClaudeJob> jobs = new HashMap<>();
    private final Map<Job, ClaudeJob> told = new HashMap<>();
    private final Map<Card, ClaudeCredential> cards = new HashMap<>();
    private final Map<Pod, io.fabric8.kubernetes.api.model.Pod> pods = new HashMap<>();
    private final Map<io.fabric8.kubernetes.api.model.Pod, Pod> facts = new IdentityHashMap<>();

    LineMind(LineBug bug) {
        this.bug = bug;
    }

    @SuppressWarnings("unchecked")
    <T> T one(T value) {
        Object first = canonical.putIfAbsent(value, value);
        return first == null ? value : (T) first;
    }

    // ---- objects

    static String uid(int job) {
        return "job-" + job;
    }

    ClaudeJob object(Job job) {
        return jobs.computeIfAbsent(job, j -> object(j, Jobs.CREATED.plusMillis(1000L * j.index()), j.status()));
    }

    /** What the desk is told of it. */
    ClaudeJob told(Job job) {
        return told.computeIfAbsent(job, j -> switch (bug) {
            case ORDER_BY_NAME -> object(j, Jobs.CREATED, j.status());
            case USAGE_LIMIT_IGNORED -> object(j, Jobs.CREATED.plusSeconds(j.index()), unlimited(j.status()));
            case REFUSED_JOB_HOLDS_THE_LINE -> object(j, Jobs.CREATED.plusSeconds(j.index()), unrefused(j.status()));
            default -> object(j);
        });
    }

    private static ClaudeJob object(Job job, Instant created, @Nullable ClaudeJobStatus status) {
        ClaudeJob spec =
                Jobs.job("credentials: [{credentialRef: {name: team}}]" + (job.cancel() ? "\ncancel: true" : ""));
        return Jobs.with(
                Jobs.changed(
                        spec,
                        // The later it was created, the earlier its name.
                        m -> m.withName("review-" + (char) ('z' - job.index()))
                                .withUid(uid(job.index()))
                                .withGeneration(job.cancel() ? 2L : 1L)
                                .withResourceVersion(String.valueOf(job.version()))
                                .withCreationTimestamp(created.toString())),
                status);
    }

    ClaudeCredential object(Card card) {
        return cards.computeIfAbsent(card, c -> {
            String most = bug == LineBug.MOST_AT_ONCE_IGNORED ? "" : ", maxConcurrentJobs: " + c.max();
            Instant made = c.life() == 1 ? JobFacts.START : JobFacts.EARLY.plusSeconds(c.life());
            try {
                return new YAMLMapper()
                        .readValue(
                                """
                        metadata: {name: team, namespace: %s, uid: team-%d, generation: 1, resourceVersion: "%d", creationTimestamp: "%s"}
                        spec: {oauthToken: {secretKeyRef: {name: s%d, key: token}}%s}
                        """.formatted(Jobs.NAMESPACE, c.life(), c.version(), made, c.secret(), most),
                                ClaudeCredential.class);
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private io.fabric8.kubernetes.api.model.Pod object(Pod pod) {
        io.fabric8.kubernetes.api.model.Pod known = pods.get(pod);
        if (known == null) {
            known = story(pod).pod();
            pods.put(pod, known);
            facts.put(known, pod);
        }
        return known;
    }

    private PodStory story(Pod pod) {
        Job job = new Job(pod.job(), true, false, 1, null);
        ClaudeJob resolved = Jobs.with(object(job), null);
        resolved.setSpec(resolved.getSpec()
                .withCredentials(List.of(
                        object(new Card(1, true, 1, pod.secret(), 1)).getSpec().asListedBy(TEAM.name()))));
        PodStory story =
                PodStory.of(builder.build(resolved, pod.attempt(), List.of(0)), podUid(pod.uid()), JobFacts.START);
        story = pod.gated() ? story : story.ungated();
        story = pod.held() ? story : story.released();
        if (pod.stage() != LineWorld.Stage.NONE) {
            story = story.onNode(JobFacts.START).running(JobFacts.START);
        }
        story = switch (pod.stage()) {
            case NONE, RUNNING -> story;
            case DONE -> story.ended(0, PodStory.GOOD, JobFacts.START).phase("Succeeded");
            case LIMITED -> story.ended(1, LIMITED, JobFacts.START).phase("Failed");
            case KILLED ->
                story.stopped(1).ended(143, PodStory.NOTHING, JobFacts.START).phase("Failed");
        };
        return pod.deleting() ? story.deleted(JobFacts.START) : story;
    }

    static String podUid(int uid) {
        return "uid-" + uid;
    }

    // ---- decisions

    private View view(Hand hand) {
        return View.of(object(hand.job()), hand.pods().stream().map(this::object), hand.now(), hand.book())
                .knowing(hand.known());
    }

    Do decide(Hand hand) {
        Do known = decisions.get(hand);
        if (known == null) {
            known = one(decide(hand, view(hand)));
            decisions.put(hand, known);
        }
        return known;
    }

    private Do decide(Hand hand, View view) {
        Decision right = decider.decide(view);
        Optional<PodView> gated = view.pods().stream().filter(PodView::gated).findFirst();
        boolean givesUp = right instanceof Decision.WriteStatus write
                && gated.isPresent()
                && Objects.equals(write.status().attempt(), gated.get().attempt())
                && Objects.requireNonNullElse(write.status().attempts(), List.<Attempt>of())
                                .size()
                        == hand.job().attempts().size();
        if (bug == LineBug.POD_DELETED_THAT_ANOTHER_MAY_RECORD && givesUp) {
            Pod pod = facts(gated.orElseThrow());
            return !pod.deleting() ? new Do.Delete(pod) : pod.held() ? new Do.Release(pod) : new Do.Wait(false);
        }
        if (bug == LineBug.OLD_SECRET_IS_STARTED
                && givesUp
                && !hand.book().standings().isEmpty()) {
            PodView pod = gated.orElseThrow();
            return write(
                    hand,
                    Statuses.started(
                            view,
                            pod,
                            pod.attempt(),
                            Credentials.of(view.spec(), Upstreams.DEFAULT, pod.credentials())
                                    .first(),
                            view.job().getSpec().credentials().getFirst().credentialRef()));
        }
        return switch (right) {
            case Decision.Wait wait -> new Do.Wait(wait.until() != null);
            case Decision.CreatePod create -> new Do.Create(made(view, hand, create));
            case Decision.WriteStatus write -> write(hand, write.status());
            case Decision.OpenGate open -> new Do.Open(facts(open.pod()));
            case Decision.StopPod stop -> new Do.Stop(facts(stop.pod()));
            case Decision.DeletePod delete -> new Do.Delete(facts(delete.pod()));
            case Decision.ReleasePod release -> new Do.Release(facts(release.pod()));
            case Decision.ConfirmLost lost ->
                new Do.Confirm(Integer.parseInt(lost.attempt().podUID().substring("uid-".length())));
            // Nothing is found; it changes nothing but texts.
            case Decision.ExplainDelay delay -> decide(hand.knowing(hand.known().withDelay("")));
            default -> throw new IllegalStateException(right.toString());
        };
    }

    private Do write(Hand hand, ClaudeJobStatus status) {
        ClaudeJobStatus timeless = one(JobFacts.timeless(status));
        return timeless.equals(hand.job().status()) ? new Do.Wait(true) : new Do.Write(timeless);
    }

    private Pod made(View view, Hand hand, Decision.CreatePod create) {
        PodView made = new PodView(builder.build(view.resolvedJob(), create.attempt(), create.credentials()));
        int secret = made.beginsWith(Card.credential(1)) ? 1 : 2;
        return new Pod(
                hand.job().index(),
                create.attempt(),
                -1,
                secret,
                LineWorld.Stage.NONE,
                made.gated(),
                made.held(),
                false);
    }

    private Pod facts(PodView pod) {
        return Objects.requireNonNull(facts.get(pod.pod()));
    }

    // ---- seeded bugs in what the desk is told

    private static @Nullable ClaudeJobStatus unlimited(@Nullable ClaudeJobStatus s) {
        return s == null || s.attempts() == null
                ? s
                : changed(
                        s,
                        s.reason(),
                        s.attempts().stream().map(LineMind::unlimited).toList());
    }

    private static Attempt unlimited(Attempt a) {
        return new Attempt(
                a.number(),
                a.podName(),
                a.podUID(),
                a.credential(),
                a.startTime(),
                a.endTime(),
                a.exitCode(),
                a.reason(),
                a.message(),
                a.costUSD(),
                a.sessionID(),
                a.spend(),
                a.credentialRef(),
                null);
    }

    private static @Nullable ClaudeJobStatus unrefused(@Nullable ClaudeJobStatus s) {
        return s == null || !Reason.PodRejected.name().equals(s.reason())
                ? s
                : changed(s, Reason.Queued.name(), s.attempts());
    }

    private static ClaudeJobStatus changed(
            ClaudeJobStatus s, @Nullable String reason, @Nullable List<Attempt> attempts) {
        return new ClaudeJobStatus(
                s.observedGeneration(),
                s.phase(),
                reason,
                s.message(),
                s.conditions(),
                s.startTime(),
                s.completionTime(),
                s.durationSeconds(),
                s.attempt(),
                s.retries(),
                s.resumeAt(),
                attempts,
                s.credential(),
                s.cooldowns(),
                s.session(),
                s.result(),
                s.usage(),
                s.spend(),
                s.permissionDenials(),
                s.cli());
    }
}
