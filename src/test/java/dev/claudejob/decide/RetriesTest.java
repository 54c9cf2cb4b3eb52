package dev.claudejob.decide;

import static dev.claudejob.decide.Scene.job;
import static dev.claudejob.decide.Scene.t;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.standing.Spread;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetriesTest {
    private static final String OVERLOADED = apiError(529, "");
    private static final String REFUSED = apiError(401, "");
    private static final String CANT_PAY = apiError(402, "");
    private static final String TWO_CREDENTIALS = """
            credentials:
            - oauthToken: {secretKeyRef: {name: team, key: token}}
            - apiKey: {secretKeyRef: {name: metered, key: key}}
            """;
    private static final long RESET = 7200;

    private static String apiError(int status, String more) {
        return """
            {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":%d,"turns":1,\
            "costUSD":"0.01","usage":{"in":1,"out":2,"cacheRead":3,"cacheWrite":4}%s}""".formatted(status, more);
    }

    /** A usage limit as the helper saw it at the API. */
    private static String limited(long resetsAt) {
        return apiError(
                429,
                ",\"limit\":{\"resetsAt\":%d,\"type\":\"five_hour\",\"status\":\"rejected\"}"
                        .formatted(t(resetsAt).getEpochSecond()));
    }

    private static final String LIMITED_AS_THE_AGENT_SAYS = apiError(429, ",\"apiError\":\"usage_limit_reached\"");

    private static Scene over(Scene running, String summary, long second) {
        return running.at(second).pod(p -> p.ended(1, summary, t(second)).phase("Failed"));
    }

    private static Scene over(String spec, String summary) {
        return over(job(spec).running(), summary, 20);
    }

    /** The next attempt, once it is time for it: its Pod is made as the decision says, goes on record and runs. */
    private static Scene next(Scene resting) {
        ClaudeJobStatus status = resting.job().getStatus();
        Instant at = status.resumeAt() == null ? resting.view().now() : Instant.parse(status.resumeAt());
        long second = Duration.between(Jobs.CREATED, at).toSeconds();
        int number = status.attempt() + 1;
        Scene due = resting.withoutPod().at(second);
        assertThat(due.decide()).isInstanceOf(Decision.CreatePod.class);
        Decision.CreatePod create = (Decision.CreatePod) due.decide();
        assertThat(create.attempt()).isEqualTo(number);
        Scene made = new Scene(
                due.job(), PodStory.created(due.job(), number, create.credentials(), t(second)), second, due.known());
        return made.status(made.written())
                .pod(p -> p.onNode(t(second)).running(t(second)))
                .saysRunning();
    }

    private static Instant resumeAt(ClaudeJobStatus status) {
        return Instant.parse(status.resumeAt());
    }

    @ParameterizedTest
    @CsvSource({"529", "500", "429"})
    void whatPassesByItselfIsTriedAgainAfterAPause(int status) {
        ClaudeJobStatus rest = over("", apiError(status, "")).written();

        assertThat(rest.phase()).isEqualTo(Phase.Waiting);
        assertThat(rest.retries()).isEqualTo(1);
        assertThat(rest.completionTime()).isNull();
        assertThat(resumeAt(rest)).isBetween(t(30), t(31));
        assertThat(rest.attempts()).singleElement().matches(Attempt::ended);
        assertThat(rest.message()).contains("goes on at " + rest.resumeAt());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 413, 401, 402, 403})
    void whatRepeatingCantCureEndsTheJobAtOnce(int status) {
        assertThat(over("", apiError(status, "")).written().phase()).isEqualTo(Phase.Failed);
    }

    @Test
    void thePauseDoublesUpToItsCapAndTheLastRetryIsTheLast() {
        String spec = "retry: {limit: 4, backoffSeconds: 100, maxBackoffSeconds: 300}";
        Scene scene = over(spec, OVERLOADED);
        for (long pause : List.of(100, 200, 300, 300)) {
            Instant ended = scene.view().now();
            ClaudeJobStatus rest = scene.written();
            assertThat(Duration.between(ended, resumeAt(rest)).toSeconds())
                    .as("pause after attempt %s", rest.attempt())
                    .isBetween(pause, pause + pause / 10 + 1);
            scene = next(scene.status(rest));
            scene = over(scene, OVERLOADED, scene.second() + 20);
        }
        ClaudeJobStatus end = scene.written();
        assertThat(end.phase()).isEqualTo(Phase.Failed);
        assertThat(end.reason()).isEqualTo("Overloaded");
        assertThat(end.attempt()).isEqualTo(5);
        assertThat(end.retries()).isEqualTo(4);
    }

    @Test
    void aPodThatSomebodyDeletesBeforeItsAgentStartsIsMadeAnewAndSpendsARetry() {
        Scene lost = job("").onNode().at(20).pod(p -> p.deleted(t(5)).phase("Failed"));
        ClaudeJobStatus rest = lost.written();

        assertThat(rest.phase()).isEqualTo(Phase.Waiting);
        assertThat(rest.reason()).isEqualTo("PodLost");
        assertThat(rest.retries()).isEqualTo(1);
        assertThat(next(lost.status(rest)).job().getStatus().attempt()).isEqualTo(2);
    }

    @Test
    void aPodThatSomebodyDeletesAtWorkIsNotMadeAnew() {
        ClaudeJobStatus end = job("").running()
                .at(20)
                .pod(p -> p.deleted(t(5)).ended(143, PodStory.NOTHING, t(20)).phase("Failed"))
                .written();

        assertThat(end.phase()).isEqualTo(Phase.Failed);
        assertThat(end.reason()).isEqualTo("PodLost");
    }

    @Test
    void aLimitOfZeroMeansOneAttempt() {
        assertThat(over("retry: {limit: 0}", OVERLOADED).written().phase()).isEqualTo(Phase.Failed);
    }

    @Test
    void whatAttemptsTookAddsUp() {
        Scene second = next(over("", OVERLOADED).status(over("", OVERLOADED).written()));
        ClaudeJobStatus end = second.at(second.second() + 30)
                .pod(p -> p.ended(0, PodStory.GOOD, t(second.second() + 30)).phase("Succeeded"))
                .written();

        assertThat(end.phase()).isEqualTo(Phase.Succeeded);
        assertThat(end.usage().costUSD()).isEqualTo("0.052");
        assertThat(end.usage().inputTokens()).isEqualTo(11);
        assertThat(end.usage().turns()).isEqualTo(3);
        assertThat(end.durationSeconds()).as("17 s and 30 s").isEqualTo(47);
        assertThat(end.attempts()).extracting(Attempt::costUSD).containsExactly("0.01", "0.042");
        assertThat(end.resumeAt()).isNull();
        assertThat(end.cooldowns()).isNull();
    }

    @Test
    void theLastAttemptsPodIsGivenUpBeforeTheNextIsMade() {
        Scene over = over("", OVERLOADED);
        Scene resting = over.status(over.written());
        assertThat(Scene.words(resting.decide())).isEqualTo("release");
        Scene released = resting.pod(PodStory::released);
        assertThat(released.decide())
                .isEqualTo(new Decision.Wait(resumeAt(resting.job().getStatus())));
        assertThat(Scene.words(released.at(31).decide())).isEqualTo("create 2");
    }

    @Test
    void aClockThatWasSetBackDoesNotKeepAJobForEver() {
        Scene over = over("", OVERLOADED);
        Scene resting = over.status(over.written()).pod(PodStory::released);
        assertThat(Scene.words(resting.at(-Duration.ofDays(30).toSeconds()).decide()))
                .isEqualTo("create 2");
    }

    @Test
    void cancellingAJobBetweenAttemptsEndsItAndKeepsWhatWasOnRecord() {
        Scene over = over("", OVERLOADED);
        ClaudeJobStatus end = over.status(over.written())
                .pod(PodStory::released)
                .updated("cancel: true")
                .written();
        assertThat(end.phase()).isEqualTo(Phase.Cancelled);
        assertThat(end.attempts()).hasSize(1);
        assertThat(end.usage().costUSD()).isEqualTo("0.01");
        assertThat(end.resumeAt()).isNull();
    }

    @Test
    void aUsageLimitParksTheJobUntilItResetsAndSpendsNoRetry() {
        ClaudeJobStatus rest = over("retry: {limit: 0}", limited(RESET)).written();

        assertThat(rest.phase()).isEqualTo(Phase.Waiting);
        assertThat(rest.reason()).isEqualTo("UsageLimit");
        assertThat(rest.retries()).isNull();
        assertThat(resumeAt(rest)).isBetween(t(RESET + 1), t(RESET + 32));
        assertThat(rest.cooldowns()).containsExactly(new Cooldown("claude/token", "UsageLimit", rest.resumeAt()));
    }

    @Test
    void aLimitThatResetsInAYearIsNotBelieved() {
        ClaudeJobStatus rest =
                over("", limited(Duration.ofDays(365).toSeconds())).written();
        assertThat(resumeAt(rest)).isBefore(t(Duration.ofDays(8).toSeconds() + 100));
    }

    @Test
    void aLimitThatSaysItHasResetIsMetWithLongerAndLongerPauses() {
        Scene scene = over("", limited(0));
        for (long pause : List.of(60, 120, 240, 480, 960, 960)) {
            Instant ended = scene.view().now();
            ClaudeJobStatus rest = scene.written();
            assertThat(Duration.between(ended, resumeAt(rest)).toSeconds())
                    .isBetween(pause, pause + 1 + Spread.SECONDS);
            scene = next(scene.status(rest));
            scene = over(scene, limited(0), scene.second() + 20);
        }
    }

    @Test
    void aUsersWishToFailAtAUsageLimitIsHeard() {
        assertThat(over("retry: {onUsageLimit: Fail}", limited(RESET)).written().phase())
                .isEqualTo(Phase.Failed);
    }

    @Test
    void anAgentThatOnlySaysItIsLimitedCantHaveItselfStartedWithoutEnd() {
        Scene scene = over("", LIMITED_AS_THE_AGENT_SAYS);
        for (int i = 1; i <= 2; i++) {
            ClaudeJobStatus rest = scene.written();
            assertThat(rest.retries()).isEqualTo(i);
            scene = next(scene.status(rest));
            scene = over(scene, LIMITED_AS_THE_AGENT_SAYS, scene.second() + 20);
        }
        assertThat(scene.written().phase()).isEqualTo(Phase.Failed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"refused", "unpaid", "limited"})
    void aCredentialThatFailsIsLeftForTheNextAtOnceAndSpendsNoRetry(String how) {
        String summary = how.equals("refused") ? REFUSED : how.equals("unpaid") ? CANT_PAY : limited(RESET);
        Scene over = over(TWO_CREDENTIALS + "retry: {limit: 0}", summary);
        ClaudeJobStatus rest = over.written();
        assertThat(rest.phase()).isEqualTo(Phase.Waiting);
        assertThat(rest.resumeAt()).isNull();
        assertThat(rest.message()).endsWith("goes on with its next credential.");

        Scene second = next(over.status(rest));
        assertThat(second.job().getStatus().credential().name()).isEqualTo("metered/key");
        assertThat(second.job().getStatus().attempts())
                .extracting(Attempt::credential)
                .containsExactly("team/token", "metered/key");
    }

    @Test
    void onceEveryCredentialIsRefusedTheJobFails() {
        Scene first = over(TWO_CREDENTIALS, REFUSED);
        Scene second = next(first.status(first.written()));
        ClaudeJobStatus end = over(second, REFUSED, second.second() + 10).written();
        assertThat(end.phase()).isEqualTo(Phase.Failed);
        assertThat(end.reason()).isEqualTo("AuthFailed");
    }

    @Test
    void withNoOtherCredentialLeftTheJobWaitsForTheLimitOfTheFirst() {
        Scene first = over(TWO_CREDENTIALS, limited(RESET));
        Scene second = next(first.status(first.written()));
        Scene refused = over(second, REFUSED, second.second() + 10);
        ClaudeJobStatus rest = refused.written();
        assertThat(rest.phase()).isEqualTo(Phase.Waiting);
        assertThat(resumeAt(rest)).isAfter(t(RESET));

        Scene third = next(refused.status(rest));
        assertThat(third.job().getStatus().credential().name()).isEqualTo("team/token");
    }

    @Test
    void aJobThatHasUsedUpItsTimeIsNotTriedAgain() {
        assertThat(over("activeDeadlineSeconds: 17", OVERLOADED).written().phase())
                .isEqualTo(Phase.Failed);
        assertThat(over("activeDeadlineSeconds: 18", OVERLOADED).written().phase())
                .isEqualTo(Phase.Waiting);
    }

    @Test
    void theDeadlineCountsWhatEarlierAttemptsRan() {
        Scene first = over("activeDeadlineSeconds: 60", OVERLOADED);
        Scene second = next(first.status(first.written()));
        long left = second.second() + 60 - 17;
        assertThat(Scene.words(second.at(left - 1).decide())).isEqualTo("wait until " + left);
        assertThat(Scene.words(second.at(left).decide())).isEqualTo("stop");
    }

    @Test
    void anEvictionForTheNodesSakeIsTriedAgainAndOneForThePodsOwnLimitIsNot() {
        Scene running = job("").running().at(20);
        Scene pressure =
                running.pod(p -> p.agentEnded(137, t(20)).failed("Evicted", "The node was low on resource: memory."));
        Scene ownLimit = running.pod(p -> p.agentEnded(137, t(20))
                .failed("Evicted", "Usage of EmptyDir volume \"workspace\" exceeds the limit \"1Gi\"."));
        assertThat(Scene.words(pressure.decide())).isEqualTo("write Waiting Evicted");
        assertThat(Scene.words(ownLimit.decide())).isEqualTo("write Failed Evicted");
    }

    @Test
    void aNodeThatHadNoRoomAfterAllIsTriedAgainAndACommandThatIsNotThereIsNot() {
        Scene onNode = job("").onNode().at(20);
        Scene full = onNode.pod(p -> p.failed("OutOfcpu", "Node didn't have enough resource: cpu"));
        Scene noCommand = onNode.pod(p -> p.agentEnded(128, "StartError", "no such file", t(20))
                .helperEnded(PodStory.NOTHING, t(20))
                .phase("Failed"));
        assertThat(Scene.words(full.decide())).isEqualTo("write Waiting PodRejected");
        assertThat(Scene.words(noCommand.decide())).isEqualTo("write Failed PodRejected");
    }

    @Test
    void whatTheHelperSawOfEachCredentialDecidesWhatTheNextAttemptUses() {
        String bothFailed = apiError(
                401,
                ",\"cooling\":[{\"c\":0,\"why\":\"UsageLimit\",\"until\":%d},{\"c\":1,\"why\":\"AuthFailed\"}]"
                        .formatted(t(RESET).getEpochSecond()));
        Scene running = job(TWO_CREDENTIALS).running();
        ClaudeJobStatus rest = over(running.pod(p -> p.annotated("claudejob.dev/credentials", "0,1")), bothFailed, 20)
                .written();
        assertThat(rest.phase()).as(rest.message()).isEqualTo(Phase.Waiting);
        assertThat(rest.cooldowns())
                .containsExactly(
                        new Cooldown("team/token", "UsageLimit", rest.resumeAt()),
                        new Cooldown("metered/key", "AuthFailed", null));
        assertThat(resumeAt(rest)).as("the first one's limit").isAfter(t(RESET));
        assertThat(rest.retries()).isNull();
    }

    @Test
    void aCredentialThatIsMissingIsNotWaitedForOnceTheAgentHasGivenUp() {
        String expired = apiError(401, ",\"cooling\":[{\"c\":0,\"why\":\"CredentialMissing\",\"until\":9999999999}]");
        Scene running = job("").running().pod(p -> p.annotated("claudejob.dev/credentials", "0"));
        assertThat(over(running, expired, 20).written().phase()).isEqualTo(Phase.Failed);
    }

    @Test
    void aPodWhoseListOfCredentialsSomebodyTookAwayLeavesTheOneThatItUsed() {
        String refused = apiError(401, ",\"cooling\":[{\"c\":0,\"why\":\"AuthFailed\"}]");
        for (String list : List.of("", "7")) {
            Scene running = job(TWO_CREDENTIALS).running().pod(p -> p.annotated("claudejob.dev/credentials", list));
            ClaudeJobStatus rest = over(running, refused, 20).written();
            assertThat(rest.cooldowns()).containsExactly(new Cooldown("team/token", "AuthFailed", null));
            assertThat(rest.resumeAt()).isNull();
        }
    }

    @Test
    void anAgentThatOnlySaysItIsLimitedCantGoBackAndForthBetweenTwoCredentials() {
        long longerThanAnUnknownLimit = Cooldowns.UNKNOWN_RESET.plusMinutes(2).toSeconds();
        Scene scene = over(job(TWO_CREDENTIALS).running(), LIMITED_AS_THE_AGENT_SAYS, longerThanAnUnknownLimit);
        int attempts = 1;
        while (scene.written().phase() == Phase.Waiting) {
            assertThat(++attempts).as("attempts").isLessThanOrEqualTo(5);
            scene = next(scene.status(scene.written()));
            scene = over(scene, LIMITED_AS_THE_AGENT_SAYS, scene.second() + longerThanAnUnknownLimit);
        }
        assertThat(scene.job().getStatus().retries())
                .as("after each was left once")
                .isEqualTo(2);
    }

    @Test
    void anAttemptThatNobodyMeteredIsNotTriedAgainWhereOutputTokensAreLimited() {
        String eviction = "The node was low on resource: memory.";
        for (String spec : List.of("", "limits: {maxCostUSD: \"1\"}", "limits: {maxOutputTokens: 1000}")) {
            Scene killed =
                    job(spec).running().at(20).pod(p -> p.agentEnded(137, t(20)).failed("Evicted", eviction));
            Scene metered = job(spec)
                    .running()
                    .at(20)
                    .pod(p -> p.ended(137, PodStory.NOTHING, t(20)).failed("Evicted", eviction));
            boolean limited = spec.contains("Tokens");
            assertThat(killed.written().phase()).as(spec).isEqualTo(limited ? Phase.Failed : Phase.Waiting);
            assertThat(killed.written().message().contains("limits.maxOutputTokens"))
                    .isEqualTo(limited);
            assertThat(metered.written().phase()).as(spec).isEqualTo(Phase.Waiting);
        }
        Scene waiting = job("limits: {maxOutputTokens: 1000}").onNode().pod(p -> p.agentRunning(t(3)));
        assertThat(waiting.at(20)
                        .pod(p -> p.agentEnded(143, t(20)).failed("Evicted", eviction))
                        .written()
                        .phase())
                .as("it spent nothing")
                .isEqualTo(Phase.Waiting);
    }

    @Test
    void waitingForACredentialIsNoRunningTime() {
        String stopped = """
                {"v":1,"event":"none","exit":{"rc":143,"term":1,"exit":143}}""";
        ClaudeJobStatus rest = job("activeDeadlineSeconds: 3600")
                .onNode()
                .pod(p -> p.agentRunning(t(3)))
                .at(7203)
                .pod(p -> p.ended(143, stopped, t(7203)).failed("Evicted", "The node was low on resource: memory."))
                .written();
        assertThat(rest.phase()).isEqualTo(Phase.Waiting);
        assertThat(rest.durationSeconds()).isZero();
        assertThat(rest.attempts().getFirst().startTime()).isNull();
    }

    @Test
    void anAgentThatWasTooQuickToBeSeenAtWorkHasRun() {
        ClaudeJobStatus end = job("").onNode()
                .at(7)
                .pod(p -> p.agentRunning(t(3)).ended(0, PodStory.GOOD, t(6)).phase("Succeeded"))
                .written();
        assertThat(end.durationSeconds()).isEqualTo(3);
        assertThat(end.attempts().getFirst().exitCode()).isZero();
    }
}
