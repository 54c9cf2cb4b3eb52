package dev.claudejob.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.Spend;
import dev.claudejob.claude.Outcome;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StatusesTest {
    private static final Outcome GOOD = new Outcome(Reason.Succeeded, "Claude Code finished in 2 turns.");
    private static final Outcome BAD = new Outcome(Reason.AuthFailed, "The API refused the credential.");

    private ClaudeJob job = Jobs.job("");
    private PodStory pod = PodStory.created(job, 1, Jobs.CREATED);

    private static Instant t(long second) {
        return Jobs.CREATED.plusSeconds(second);
    }

    private View at(long second) {
        return View.of(job, Stream.of(pod.pod()), t(second));
    }

    /** Writes a status as the operator would. */
    private ClaudeJobStatus write(ClaudeJobStatus status) {
        job = Jobs.with(job, status);
        return status;
    }

    private ClaudeJobStatus start(long second) {
        return write(Statuses.started(
                at(second),
                pod.view(),
                1,
                Credentials.of(job.getSpec(), Upstreams.DEFAULT).first(),
                null));
    }

    private ClaudeJobStatus run(long second) {
        pod = pod.onNode(t(second)).running(t(second));
        return write(Statuses.running(at(second), pod.view(), attempt()));
    }

    private ClaudeJobStatus wait(long second, Reason reason) {
        return write(Statuses.waiting(at(second), reason, "It waits."));
    }

    private ClaudeJobStatus end(long second, String summary, Outcome outcome) {
        pod = pod.ended(outcome.succeeded() ? 0 : 1, summary, t(second - 1));
        return write(Statuses.ended(at(second), attempt(), pod.view(), outcome));
    }

    private Attempt attempt() {
        return at(0).recordedAttempt().orElseThrow();
    }

    private static Map<String, ConditionStatus> conditions(ClaudeJobStatus status) {
        return status.conditions().stream().collect(Collectors.toMap(Condition::type, Condition::status));
    }

    private static Map<String, String> times(ClaudeJobStatus status) {
        return status.conditions().stream().collect(Collectors.toMap(Condition::type, Condition::lastTransitionTime));
    }

    // ---- conditions

    @ParameterizedTest
    @CsvSource({
        "Starting,  False, False, False, False, True,  False",
        "Running,   False, False, False, False, True,  False",
        "Waiting,   False, False, False, False, True,  False",
        "Succeeded, True,  False, True,  True,  False, False",
        "Failed,    False, True,  True,  False, False, True",
        "Cancelled, False, True,  True,  False, False, True"
    })
    void eachPhaseHasItsConditions(
            Phase phase,
            ConditionStatus complete,
            ConditionStatus failed,
            ConditionStatus finished,
            ConditionStatus ready,
            ConditionStatus reconciling,
            ConditionStatus stalled) {
        List<Condition> conditions = Conditions.of(job, phase, Reason.Running, "m", false, t(0).toString());
        assertThat(conditions.stream().collect(Collectors.toMap(Condition::type, Condition::status)))
                .isEqualTo(Map.of(
                        "Complete", complete,
                        "Failed", failed,
                        "Finished", finished,
                        "Ready", ready,
                        "Reconciling", reconciling,
                        "Stalled", stalled));
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void kstatusSeesAJobUnderWayOrAtItsEndAndNeverBoth(Phase phase) {
        Map<String, ConditionStatus> c = Conditions.of(job, phase, Reason.Running, "m", false, t(0).toString()).stream()
                .collect(Collectors.toMap(Condition::type, Condition::status));
        long holds = Stream.of("Reconciling", "Ready", "Stalled")
                .filter(type -> c.get(type) == ConditionStatus.True)
                .count();
        assertThat(holds).isEqualTo(1);
        assertThat(c.get("Reconciling") == ConditionStatus.True).isNotEqualTo(phase.finished());
    }

    @Test
    void aConditionKeepsTheTimeOfItsLastChange() {
        ClaudeJobStatus started = start(1);
        ClaudeJobStatus running = run(3);
        ClaudeJobStatus done = end(20, PodStory.GOOD, GOOD);
        assertThat(times(running)).isEqualTo(times(started));
        assertThat(times(done))
                .containsEntry("Failed", t(1).toString())
                .containsEntry("Stalled", t(1).toString())
                .containsEntry("Complete", t(20).toString())
                .containsEntry("Finished", t(20).toString())
                .containsEntry("Reconciling", t(20).toString());
        assertThat(done.conditions()).allSatisfy(c -> {
            assertThat(c.reason()).isEqualTo("Succeeded");
            assertThat(c.observedGeneration()).isEqualTo(1);
        });
    }

    // ---- a job's way

    @Test
    void aRunThatGoesWellIsToldFromBeginningToEnd() {
        assertThat(start(1)).satisfies(s -> {
            assertThat(s.phase()).isEqualTo(Phase.Starting);
            assertThat(s.attempt()).isEqualTo(1);
            assertThat(s.startTime()).isEqualTo(t(1).toString());
            assertThat(s.credential().name()).isEqualTo("claude/token");
            assertThat(s.credential().kind()).isEqualTo("oauthToken");
            assertThat(s.credential().billing()).isEqualTo(Billing.Subscription);
            assertThat(s.attempts()).singleElement().satisfies(a -> {
                assertThat(a.podUID()).isEqualTo("pod-1");
                assertThat(a.ended()).isFalse();
            });
        });
        assertThat(run(3)).satisfies(s -> {
            assertThat(s.phase()).isEqualTo(Phase.Running);
            assertThat(s.startTime()).isEqualTo(t(1).toString());
            assertThat(s.attempts().getLast().startTime()).isEqualTo(t(3).toString());
        });
        assertThat(end(20, PodStory.GOOD, GOOD)).satisfies(s -> {
            assertThat(s.phase()).isEqualTo(Phase.Succeeded);
            assertThat(s.startTime()).isEqualTo(t(1).toString());
            assertThat(s.completionTime()).isEqualTo(t(20).toString());
            assertThat(s.durationSeconds()).isEqualTo(16);
            assertThat(s.attempts()).singleElement().satisfies(a -> {
                assertThat(a.endTime()).isEqualTo(t(19).toString());
                assertThat(a.exitCode()).isZero();
                assertThat(a.reason()).isEqualTo("Succeeded");
                assertThat(a.costUSD()).isEqualTo("0.042");
            });
            assertThat(s.session().id()).startsWith("11111111");
            assertThat(s.usage().turns()).isEqualTo(2);
            assertThat(s.usage().outputTokens()).isEqualTo(20);
            assertThat(s.usage().costUSD()).isEqualTo("0.042");
            assertThat(s.result().text()).isEqualTo("Done.");
            assertThat(s.cli().version()).isEqualTo("2.1.330");
            assertThat(s.cli().imageID()).isEqualTo("sha256:claude");
            assertThat(s.credential().name()).isEqualTo("claude/token");
        });
    }

    @Test
    void billingFollowsTheKindOfCredential() {
        job = Jobs.job("credentials: [{apiKey: {secretKeyRef: {name: s, key: k}}}]");
        pod = PodStory.created(job, 1, Jobs.CREATED);
        assertThat(start(1).credential().billing()).isEqualTo(Billing.Metered);
    }

    @Test
    void waitingKeepsTheStartOfTheRun() {
        start(1);
        run(3);
        assertThat(wait(10, Reason.AuthFailed).attempts().getLast().startTime()).isEqualTo(t(3).toString());
        pod = pod.ready(true, t(30));
        ClaudeJobStatus again = write(Statuses.running(at(30), pod.view(), attempt()));
        assertThat(again.phase()).isEqualTo(Phase.Running);
        assertThat(again.attempts().getLast().startTime()).isEqualTo(t(3).toString());
    }

    @Test
    void aJobThatWaitsBeforeItsFirstPodHasAStartAndNoAttempt() {
        assertThat(wait(2, Reason.PodRejected)).satisfies(s -> {
            assertThat(s.startTime()).isEqualTo(t(2).toString());
            assertThat(s.attempts()).isNull();
            assertThat(s.attempt()).isNull();
            assertThat(conditions(s)).containsEntry("Reconciling", ConditionStatus.True);
        });
        assertThat(start(9).startTime()).isEqualTo(t(2).toString());
    }

    @Test
    void aJobThatOnlyAnEditHelpsIsStalledUntilItStarts() {
        assertThat(write(Statuses.stalled(at(2), Reason.PodRejected, "Edit it.")))
                .satisfies(s -> {
                    assertThat(s.phase()).isEqualTo(Phase.Waiting);
                    assertThat(conditions(s))
                            .containsEntry("Stalled", ConditionStatus.True)
                            .containsEntry("Reconciling", ConditionStatus.False)
                            .containsEntry("Failed", ConditionStatus.False)
                            .containsEntry("Finished", ConditionStatus.False);
                });
        assertThat(conditions(start(9)))
                .containsEntry("Stalled", ConditionStatus.False)
                .containsEntry("Reconciling", ConditionStatus.True);
    }

    @Test
    void aJobThatNeverStartedHasAnEndAndNoAttempt() {
        ClaudeJobStatus s = Statuses.endedUnstarted(at(5), new Outcome(Reason.Cancelled, "The job was cancelled."));
        assertThat(s.phase()).isEqualTo(Phase.Cancelled);
        assertThat(s.attempts()).isNull();
        assertThat(s.completionTime()).isEqualTo(t(5).toString());
        assertThat(s.durationSeconds()).isZero();
        assertThat(s.result()).isNull();
    }

    @Test
    void aLostPodLeavesAnEndWithoutFacts() {
        start(1);
        run(3);
        ClaudeJobStatus s = Statuses.ended(at(50), attempt(), null, new Outcome(Reason.PodLost, "It is gone."));
        assertThat(s.phase()).isEqualTo(Phase.Failed);
        assertThat(s.attempts().getLast().endTime()).isEqualTo(t(50).toString());
        assertThat(s.attempts().getLast().exitCode()).isNull();
        assertThat(s.result()).isNull();
        assertThat(s.usage()).isNull();
        assertThat(s.cli()).isNull();
    }

    @Test
    void aFailureWithAResultKeepsWhatItCostAndWhatItSaid() {
        start(1);
        run(3);
        ClaudeJobStatus s = end(20, """
                {"v":1,"event":"result","isError":true,"costUSD":"1.50","denials":{"Bash":2},"bytes":2,"text":"no",\
                "models":{"m":{"in":1,"out":2,"cacheRead":3,"cacheWrite":4,"costUSD":"1.5"}}}""", BAD);
        assertThat(s.phase()).isEqualTo(Phase.Failed);
        assertThat(s.usage().costUSD()).isEqualTo("1.5");
        assertThat(s.usage().models().get("m").cacheReadInputTokens()).isEqualTo(3);
        assertThat(s.permissionDenials())
                .singleElement()
                .satisfies(d -> assertThat(d.count()).isEqualTo(2));
        assertThat(s.result().text()).isEqualTo("no");
        assertThat(s.attempts().getLast().exitCode()).isEqualTo(1);
    }

    // ---- what was metered

    private static final String METERED = """
            {"v":1,"event":"result","isError":true,"usage":{"in":1,"out":999999,"cacheRead":0,"cacheWrite":0},\
            "meter":[{"c":0,"t":[10,20,30,40],"m":{"m":[10,20,30,40]}},{"c":1,"t":[1,2,3,4]}]}""";

    @Test
    void whatWasMeteredIsToldByCredentialAndByWhoPays() {
        job = Jobs.job("""
                credentials:
                - oauthToken: {secretKeyRef: {name: claude, key: a}}
                - oauthToken: {secretKeyRef: {name: claude, key: b}}
                - apiKey: {secretKeyRef: {name: claude, key: c}}""");
        pod = PodStory.created(job, 1, List.of(1, 2), Jobs.CREATED);
        start(1);
        run(3);
        ClaudeJobStatus s = end(20, METERED, BAD);
        List<Spend> spend = List.of(
                new Spend("claude/b", Billing.Subscription, 10, 20, 30, 40),
                new Spend("claude/c", Billing.Metered, 1, 2, 3, 4));
        assertThat(s.attempts().getLast().spend()).isEqualTo(spend);
        assertThat(s.spend()).isEqualTo(spend);
        assertThat(s.usage().outputTokens()).as("Claude Code's own word").isEqualTo(999999);
    }

    @Test
    void theCredentialIsTheOneThatWasUsedLast() {
        job = Jobs.job("""
                credentials:
                - bedrock: {region: eu-west-1, bearerToken: {secretKeyRef: {name: claude, key: a}}}
                - oauthToken: {secretKeyRef: {name: claude, key: b}}
                - apiKey: {secretKeyRef: {name: claude, key: c}}""");
        pod = PodStory.created(job, 1, List.of(1, 2), Jobs.CREATED);
        Credentials.Use first = Credentials.named(job.getSpec()).get(1).orElseThrow();
        write(Statuses.started(at(1), pod.view(), 1, first, null));
        assertThat(run(3).credential().name()).isEqualTo("claude/b");
        ClaudeJobStatus s = end(20, """
                {"v":1,"event":"result","isError":true,\
                "proxy":{"requests":3,"ok":3,"held":0,"heldMs":0,"credential":1}}""", BAD);
        assertThat(s.credential().name()).isEqualTo("claude/c");
        assertThat(s.credential().kind()).isEqualTo("apiKey");
        assertThat(s.credential().billing()).isEqualTo(Billing.Metered);
        assertThat(s.attempts().getLast().credential()).isEqualTo("claude/c");
    }

    @Test
    void anAttemptThatAskedNothingUsedWhatItBeganWith() {
        start(1);
        run(3);
        ClaudeJobStatus s = end(20, """
                {"v":1,"event":"none","proxy":{"requests":0,"ok":0,"held":0,"heldMs":0,"credential":0}}""", BAD);
        assertThat(s.credential().name()).isEqualTo("claude/token");
        assertThat(s.attempts().getLast().credential()).isEqualTo("claude/token");
    }

    @Test
    void spendAddsUpOverAttempts() {
        start(1);
        run(3);
        write(Statuses.resting(
                at(20), attempt(), pod.ended(1, METERED, t(19)).view(), BAD, new Rest(1, t(30), List.of())));
        pod = PodStory.created(job, 2, t(30));
        write(Statuses.started(
                at(30),
                pod.view(),
                2,
                Credentials.named(job.getSpec()).getFirst().orElseThrow(),
                null));
        run(33);
        ClaudeJobStatus s = end(50, METERED, BAD);
        assertThat(s.attempts().getLast().spend().getFirst().outputTokens()).isEqualTo(20);
        assertThat(s.spend())
                .containsExactly(
                        new Spend("claude/token", Billing.Subscription, 20, 40, 60, 80),
                        new Spend("unknown", null, 2, 4, 6, 8));
    }

    // ---- bounds

    @Test
    void onlyTheLastTenAttemptsAreKept() {
        start(1);
        ClaudeJobStatus s = job.getStatus();
        for (int n = 2; n <= 13; n++) {
            s = write(Statuses.started(
                    at(n),
                    PodStory.created(job, n, t(n)).view(),
                    n,
                    Credentials.of(job.getSpec(), Upstreams.DEFAULT).first(),
                    null));
        }
        assertThat(s.attempts())
                .extracting(Attempt::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(4, 13).boxed().toList());
        assertThat(s.attempt()).isEqualTo(13);
    }

    @Test
    void aLongMessageIsCutBetweenCharacters() {
        String message = Statuses.waiting(at(1), Reason.PodRejected, "x".repeat(1022) + "😀😀")
                .message();
        assertThat(message).hasSizeLessThanOrEqualTo(1026).endsWith("…");
        assertThat(message.codePoints()).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
        assertThat(Statuses.waiting(at(1), Reason.PodRejected, "short").message())
                .isEqualTo("short");
    }

    @Test
    void timesHaveThePrecisionOfKubernetes() {
        View precise = View.of(job, Stream.empty(), t(1).plusMillis(987));
        Function<ClaudeJobStatus, String> start = ClaudeJobStatus::startTime;
        assertThat(start.apply(Statuses.waiting(precise, Reason.PodRejected, "m")))
                .isEqualTo("2026-03-01T12:00:01Z");
    }

    @Test
    void theSameFactsGiveTheSameStatusSoThatNothingIsWrittenTwice() {
        start(1);
        ClaudeJobStatus once = wait(5, Reason.ImagePull);
        assertThat(Statuses.waiting(at(500), Reason.ImagePull, "It waits.")).isEqualTo(once);
    }
}
