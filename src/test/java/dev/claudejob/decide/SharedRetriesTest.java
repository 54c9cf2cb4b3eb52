package dev.claudejob.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Spend;
import dev.claudejob.observe.View;
import dev.claudejob.standing.CredentialDesk;
import dev.claudejob.status.Statuses;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What follows a failed attempt on a ClaudeCredential, with the desk that hands them out. Times are seconds since the job was created. */
class SharedRetriesTest {
    private static final String TEAM = "credentials: [{credentialRef: {name: team}}]";
    private static final String TEAM_OR_OTHER =
            "credentials: [{credentialRef: {name: team}}, {credentialRef: {name: other}}]";
    private static final long AN_HOUR = 3600;
    private static final long FIVE_DAYS = Duration.ofDays(5).toSeconds();

    private final CredentialDesk desk = new CredentialDesk();
    private ClaudeJob job = Jobs.job("");
    private @Nullable PodStory pod;
    private int version = 1;

    private static Instant t(long second) {
        return Jobs.CREATED.plusSeconds(second);
    }

    private ClaudeCredential credential(String name, String secret, @Nullable Instant limitedUntil) {
        return credential(name, "oauthToken", secret, limitedUntil);
    }

    private ClaudeCredential credential(String name, String kind, String secret, @Nullable Instant limitedUntil) {
        String status = limitedUntil == null
                ? "null"
                : "{credential: %s/token, limitedUntil: \"%s\"}".formatted(secret, limitedUntil);
        try {
            return new YAMLMapper()
                    .readValue(
                            """
                    metadata: {name: %s, namespace: team, uid: %s, resourceVersion: "%d", creationTimestamp: "%s"}
                    spec: {%s: {secretKeyRef: {name: %s, key: token}}, maxConcurrentJobs: 1}
                    status: %s
                    """.formatted(name, name, version++, t(-100), kind, secret, status),
                            ClaudeCredential.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Somebody has the ClaudeCredential name another Secret. */
    private void switched(String name, String secret, long second) {
        desk.credential(credential(name, secret, null), t(second));
    }

    private View view(long second) {
        return View.of(job, Stream.ofNullable(pod).map(PodStory::pod), t(second), desk.book(job, t(second)));
    }

    private Decision decide(long second) {
        return new Decider(Scene.SETTINGS).decide(view(second));
    }

    /** What is decided is written, as the apiserver would have it. */
    private ClaudeJobStatus write(ClaudeJobStatus status, long second) {
        job = Jobs.changed(Jobs.with(job, status), m -> m.withResourceVersion(Integer.toString(++version)));
        desk.job(job, t(second));
        return status;
    }

    private ClaudeJobStatus write(long second) {
        Decision decision = decide(second);
        assertThat(decision).isInstanceOf(Decision.WriteStatus.class);
        return write(((Decision.WriteStatus) decision).status(), second);
    }

    /** The attempt that is due is made, goes on record and runs. */
    private void begin(long second) {
        Decision decision = decide(second);
        assertThat(decision).isInstanceOf(Decision.CreatePod.class);
        Decision.CreatePod create = (Decision.CreatePod) decision;
        pod = PodStory.created(view(second).resolvedJob(), create.attempt(), create.credentials(), t(second));
        write(second);
        pod = pod.onNode(t(second)).running(t(second));
        write(
                Statuses.running(
                        view(second), pod.view(), view(second).recordedAttempt().orElseThrow()),
                second);
        desk.settled(job, t(second));
    }

    private void begin(String spec, ClaudeCredential... credentials) {
        job = Jobs.job(spec);
        desk.open(List.of(credentials), List.of(job), t(0));
        begin(0);
    }

    /** The attempt's Pod ended so; what was decided is on record, and the Pod is gone. */
    private ClaudeJobStatus after(long second, UnaryOperator<PodStory> end) {
        assertThat(pod).isNotNull();
        pod = end.apply(pod);
        ClaudeJobStatus status = write(second);
        pod = null;
        desk.settled(job, t(second));
        return status;
    }

    private static UnaryOperator<PodStory> refused(long second) {
        return pod -> pod.ended(1, """
                {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":401,\
                "cooling":[{"c":0,"why":"AuthFailed","until":%d}]}""".formatted(t(second).getEpochSecond()), t(second))
                .phase("Failed");
    }

    private static String limit(long resets) {
        return """
                "limit":{"resetsAt":%1$d,"status":"rejected"},"cooling":[{"c":0,"why":"UsageLimit","until":%1$d}]""".formatted(t(resets).getEpochSecond());
    }

    private static UnaryOperator<PodStory> limited(long second, long resets) {
        return pod -> pod.ended(1, """
                {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":429,\
                "meter":[{"c":0,"t":[1,2,3,4]}],%s}""".formatted(limit(resets)), t(second)).phase("Failed");
    }

    private static long second(@Nullable String time) {
        return Duration.between(Jobs.CREATED, Instant.parse(time)).toSeconds();
    }

    @Test
    void ofAClaudeCredentialThatWasSwitchedMidRunTheOldOneIsLeftAlone() {
        begin(TEAM, credential("team", "old", null));
        switched("team", "new", 10);
        ClaudeJobStatus rest = after(20, refused(20));

        assertThat(rest.phase()).as(rest.message()).isEqualTo(Phase.Waiting);
        assertThat(rest.cooldowns()).containsExactly(new Cooldown("old/token", "AuthFailed", null));
        begin(21);
        assertThat(job.getStatus().credential().name()).isEqualTo("new/token");
    }

    @Test
    void oneThatIsSwitchedBackToASecretThatTheJobLeftForGoodEndsIt() {
        begin(TEAM, credential("team", "old", null));
        switched("team", "new", 10);
        after(20, refused(20));
        switched("team", "old", 21);
        ClaudeJobStatus end = write(22);

        assertThat(end.phase()).isEqualTo(Phase.Failed);
        assertThat(end.reason()).isEqualTo("AuthFailed");
        assertThat(end.message()).contains("old/token");
    }

    @Test
    void aParkedJobGoesOnAtOnceWhenItsClaudeCredentialIsSwitched() {
        begin(TEAM, credential("team", "old", null));
        ClaudeJobStatus rest = after(20, limited(20, FIVE_DAYS));
        assertThat(second(rest.resumeAt())).isGreaterThan(FIVE_DAYS);
        assertThat(decide(30)).as("it says so already").isInstanceOf(Decision.Wait.class);

        switched("team", "new", 100);
        begin(101);
        assertThat(job.getStatus().attempts().getLast().credential()).isEqualTo("new/token");
    }

    @Test
    void ofTwoLimitsTheOneThatIsOverFirstCountsEvenIfOnlyTheJobKnowsOfIt() {
        begin(TEAM_OR_OTHER, credential("team", "team", null), credential("other", "other", t(FIVE_DAYS)));
        after(20, limited(20, AN_HOUR));
        ClaudeJobStatus waits = write(21);

        assertThat(waits.reason()).isEqualTo("UsageLimit");
        assertThat(second(waits.resumeAt())).isBetween(AN_HOUR, AN_HOUR + 60);
        begin(second(waits.resumeAt()));
        assertThat(job.getStatus().attempts().getLast().credential()).isEqualTo("team/token");
    }

    @Test
    void anEvictionDoesNotBypassTheLimitThatTheAttemptMet() {
        begin(TEAM, credential("team", "team", null));
        ClaudeJobStatus rest = after(
                20,
                pod -> pod.ended(137, "{\"v\":1,\"event\":\"none\"," + limit(AN_HOUR) + "}", t(20))
                        .failed("Evicted", "The node was low on resource: memory."));
        assertThat(rest.reason()).isEqualTo("Evicted");
        assertThat(rest.retries()).isEqualTo(1);
        assertThat(decide(21)).as("the pause comes first").isInstanceOf(Decision.Wait.class);

        ClaudeJobStatus waits = write(60);
        assertThat(waits.reason()).isEqualTo("UsageLimit");
        assertThat(decide(AN_HOUR - 1)).isInstanceOf(Decision.Wait.class);
        begin(second(waits.resumeAt()));
        assertThat(job.getStatus().attempts().getLast().credentialRef().name()).isEqualTo("team");
    }

    @Test
    void anEvictionWhileTheOnlyCredentialIsRefusedLeadsBackIntoTheLine() {
        begin(TEAM, credential("team", "team", null));
        ClaudeJobStatus rest =
                after(20, pod -> pod.ended(137, """
                {"v":1,"event":"none","cooling":[{"c":0,"why":"AuthFailed","until":1}]}""", t(20)).failed("Evicted", "The node was low on resource: memory."));

        assertThat(rest.retries()).isEqualTo(1);
        assertThat(decide(60)).isEqualTo(new Decision.CreatePod(2, List.of(0)));
    }

    @Test
    void aJobThatOutlivesTenSecretsOfItsClaudeCredentialStillHasAStatusThatFits() {
        begin(TEAM, credential("team", "secret-0", null));
        long second = 20;
        ClaudeJobStatus status = after(second, limited(second, FIVE_DAYS));
        for (int n = 1; n <= 10; n++) {
            switched("team", "secret-" + n, second + 1);
            begin(second + 2);
            second += 20;
            status = after(second, limited(second, FIVE_DAYS));
            assertThat(status.phase()).isEqualTo(Phase.Waiting);
            assertThat(status.cooldowns()).hasSizeLessThanOrEqualTo(8);
            assertThat(status.cooldowns().getLast().credential()).isEqualTo("secret-" + n + "/token");
            assertThat(status.spend()).hasSizeLessThanOrEqualTo(8);
        }
        assertThat(status.spend().stream().mapToLong(Spend::outputTokens).sum())
                .as("11 attempts")
                .isEqualTo(22);
        assertThat(status.spend().getFirst().credential()).isEqualTo("others");
        assertThat(status.spend().getFirst().billing()).isEqualTo(Billing.Subscription);
        assertThat(status.spend().getLast().credential()).isEqualTo("secret-10/token");
    }

    @Test
    void whoPaidIsWhoPaidWhenTheAttemptBegan() {
        begin(TEAM, credential("team", "old", null));
        desk.credential(credential("team", "apiKey", "old", null), t(10));
        ClaudeJobStatus rest = after(20, limited(20, AN_HOUR));

        assertThat(rest.spend()).containsExactly(new Spend("old/token", Billing.Subscription, 1, 2, 3, 4));
    }
}
