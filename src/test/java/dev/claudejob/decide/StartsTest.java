package dev.claudejob.decide;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeCredentialSpec;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.View;
import dev.claudejob.standing.CredentialBook;
import dev.claudejob.standing.Standing;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How a job comes to its credential. Times are seconds since the job was created. */
class StartsTest {
    private static final String SHARED = "credentials: [{credentialRef: {name: team}}]";
    private static final String ENV = "\ncredentialDelivery: Env";
    private static final String SHARED_OR_OWN =
            "credentials: [{credentialRef: {name: team}}, {apiKey: {secretKeyRef: {name: own, key: key}}}]";
    private static final String TWO_SHARED =
            "credentials: [{credentialRef: {name: team}}, {credentialRef: {name: other}}]";

    private static final Standing.Trouble REFUSED = new Standing.Trouble(Reason.AuthFailed, "words", t(300));
    private static final Standing.Trouble MISSING = new Standing.Trouble(Reason.CredentialMissing, "words", null);

    private static Instant t(long second) {
        return Jobs.CREATED.plusSeconds(second);
    }

    private static Credential shared(String name) {
        return listed("oauthToken: {secretKeyRef: {name: " + name + ", key: token}}", name);
    }

    private static Credential listed(String spec, String name) {
        try {
            return new YAMLMapper().readValue(spec, ClaudeCredentialSpec.class).asListedBy(name);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Standing standing(
            String name, @Nullable Instant limitedUntil, Standing.@Nullable Trouble trouble, boolean slot) {
        return new Standing(
                shared(name), name + "/token", 2, limitedUntil, null, trouble, null, null, null, List.of(), 0, 0, slot);
    }

    private static Standing free(String name) {
        return standing(name, null, null, true);
    }

    private static Standing full(String name) {
        return standing(name, null, null, false);
    }

    private static View view(ClaudeJob job, long second, @Nullable PodStory pod, Map<String, Standing> standings) {
        return View.of(job, Stream.ofNullable(pod).map(PodStory::pod), t(second), new CredentialBook(true, standings));
    }

    private static Decision decide(View view) {
        return new Decider(Scene.SETTINGS).decide(view);
    }

    private static Decision decide(String spec, Map<String, Standing> standings) {
        return decide(view(Jobs.job(spec), 0, null, standings));
    }

    private static ClaudeJobStatus written(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.WriteStatus.class);
        return ((Decision.WriteStatus) decision).status();
    }

    private static List<Integer> taken(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.CreatePod.class);
        return ((Decision.CreatePod) decision).credentials();
    }

    @Test
    void nothingHappensBeforeTheBookIsKnown() {
        View view = View.of(Jobs.job(SHARED), Stream.empty(), t(0), CredentialBook.UNKNOWN);
        assertThat(decide(view)).isEqualTo(new Decision.Wait(t(0).plusMillis(100)));
    }

    @Test
    void aFreeSlotIsTaken() {
        assertThat(taken(decide(SHARED, Map.of("team", free("team"))))).containsExactly(0);
    }

    @Test
    void aCredentialThatDoesNotExistIsWaitedForEvenIfTheJobHasAnother() {
        for (String spec : List.of(SHARED, SHARED_OR_OWN)) {
            ClaudeJobStatus status = written(decide(spec, Map.of()));
            assertThat(status.reason()).isEqualTo("CredentialMissing");
            assertThat(status.message()).contains("ClaudeCredential team does not exist");
            assertThat(status.attempts()).isNull();
        }
    }

    @Test
    void oneInFullUseIsWaitedForEvenIfTheJobHasAnother() {
        for (String spec : List.of(SHARED, SHARED_OR_OWN)) {
            ClaudeJobStatus status = written(decide(spec, Map.of("team", full("team"))));
            assertThat(status.reason()).isEqualTo("Queued");
            assertThat(status.message()).contains("team at once do: 2");
            assertThat(status.resumeAt()).isNull();
        }
    }

    @Test
    void itSaysSoOnceAndLooksAgainNowAndThen() {
        ClaudeJob job = Jobs.job(SHARED);
        ClaudeJob queued = Jobs.with(job, written(decide(SHARED, Map.of("team", full("team")))));
        assertThat(decide(view(queued, 5, null, Map.of("team", full("team"))))).isEqualTo(new Decision.Wait(t(65)));
        assertThat(taken(decide(view(queued, 6, null, Map.of("team", free("team"))))))
                .containsExactly(0);
    }

    @Test
    void aLimitParksTheJobUntilItIsOver() {
        Map<String, Standing> limited = Map.of("team", standing("team", t(600), null, false));
        ClaudeJobStatus status = written(decide(SHARED, limited));
        assertThat(status.reason()).isEqualTo("UsageLimit");
        assertThat(status.resumeAt()).isEqualTo(t(601).toString());
        ClaudeJob parked = Jobs.with(Jobs.job(SHARED), status);
        assertThat(decide(view(parked, 590, null, limited))).isEqualTo(new Decision.Wait(t(601)));
        assertThat(taken(decide(view(parked, 602, null, Map.of("team", standing("team", t(600), null, true))))))
                .containsExactly(0);
    }

    @Test
    void aJobThatIsNotToParkFailsAtALimit() {
        ClaudeJobStatus status = written(decide(
                SHARED + "\nretry: {onUsageLimit: Fail}", Map.of("team", standing("team", t(600), null, false))));
        assertThat(status.phase()).hasToString("Failed");
        assertThat(status.reason()).isEqualTo("UsageLimit");
    }

    @Test
    void aLimitAndARefusalArePassedOver() {
        assertThat(taken(decide(SHARED_OR_OWN, Map.of("team", standing("team", t(600), null, false)))))
                .containsExactly(1);
        assertThat(taken(decide(SHARED_OR_OWN, Map.of("team", standing("team", null, REFUSED, false)))))
                .containsExactly(1);
        assertThat(taken(decide(
                        TWO_SHARED, Map.of("team", standing("team", null, REFUSED, false), "other", free("other")))))
                .containsExactly(1);
    }

    @Test
    void aRefusedOneIsTriedByTheJobThatMay() {
        assertThat(taken(decide(SHARED_OR_OWN, Map.of("team", standing("team", null, REFUSED, true)))))
                .containsExactly(0);
    }

    @Test
    void withoutAnotherARefusalIsWaitedForAndSoIsAMissingSecret() {
        assertThat(written(decide(SHARED, Map.of("team", standing("team", null, REFUSED, false))))
                        .reason())
                .isEqualTo("AuthFailed");
        assertThat(written(decide(SHARED_OR_OWN, Map.of("team", standing("team", null, MISSING, false))))
                        .reason())
                .isEqualTo("CredentialMissing");
    }

    @Test
    void ofTwoThatPassTheOneThatIsOverFirstIsTold() {
        ClaudeJobStatus status = written(decide(
                TWO_SHARED,
                Map.of(
                        "team", standing("team", t(900), null, false),
                        "other", standing("other", t(600), null, false))));
        assertThat(status.message()).contains("ClaudeCredential other");
        assertThat(status.resumeAt()).isEqualTo(t(601).toString());
    }

    @Test
    void theRecordTellsTheClaudeCredentialAndWhatItWas() {
        ClaudeJob job = Jobs.job(SHARED);
        View empty = view(job, 0, null, Map.of("team", free("team")));
        PodStory pod = PodStory.created(empty.resolvedJob(), 1, t(0));
        ClaudeJobStatus status = written(decide(view(job, 0, pod, Map.of("team", free("team")))));
        assertThat(status.attempts().getFirst().credential()).isEqualTo("team/token");
        assertThat(status.attempts().getFirst().credentialRef().name()).isEqualTo("team");
        assertThat(status.credential().credentialRef().name()).isEqualTo("team");
    }

    @Test
    void aPodAtItsGateIsGivenUpWhenItsTurnIsOverOrItsCredentialHasChanged() {
        ClaudeJob job = Jobs.job(SHARED);
        PodStory pod = PodStory.created(
                view(job, 0, null, Map.of("team", free("team"))).resolvedJob(), 1, t(0));
        ClaudeJobStatus queued = written(decide(view(job, 1, pod, Map.of("team", full("team")))));
        assertThat(queued.reason()).isEqualTo("Queued");
        assertThat(queued.attempt()).isEqualTo(1);
        assertThat(queued.attempts()).isNull();
        Standing changed = new Standing(
                listed("oauthToken: {secretKeyRef: {name: new, key: token}}", "team"),
                "new/token",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                0,
                0,
                true);
        ClaudeJobStatus givenUp = written(decide(view(job, 1, pod, Map.of("team", changed))));
        assertThat(givenUp.attempt()).isEqualTo(1);
        assertThat(givenUp.attempts()).isNull();
    }

    /** Another leader may record it at any moment before: of both writes one fails, and deletes nothing. */
    @Test
    void onlyAPodThatNobodyCanRecordAnyMoreIsDeleted() {
        Map<String, Standing> full = Map.of("team", full("team"));
        Map<String, Standing> free = Map.of("team", free("team"));
        ClaudeJob job = Jobs.job(SHARED);
        PodStory pod = PodStory.created(view(job, 0, null, free).resolvedJob(), 1, t(0));
        ClaudeJob givenUp = Jobs.with(job, written(decide(view(job, 1, pod, full))));

        for (Map<String, Standing> book : List.of(full, free)) {
            assertThat(decide(view(givenUp, 2, pod, book))).isEqualTo(new Decision.DeletePod(pod.view()));
            assertThat(decide(view(givenUp, 2, pod.deleted(t(2)), book)))
                    .isEqualTo(new Decision.ReleasePod(pod.deleted(t(2)).view()));
        }
        assertThat(decide(view(givenUp, 3, null, free))).isEqualTo(new Decision.CreatePod(2, List.of(0)));
    }

    @Test
    void whatADeliveryCantCarryIsToldAtOnce() {
        Map<String, Standing> vertex =
                Map.of("team", of("vertex: {projectID: my-project-123, region: global, podIdentity: {}}"));
        ClaudeJobStatus status = written(decide(SHARED, vertex));
        assertThat(status.reason()).isEqualTo("InvalidRequest");
        assertThat(status.message()).contains("ClaudeCredential team").contains("credentialDelivery: Env");
        assertThat(taken(decide(SHARED + ENV, vertex))).containsExactly(0);

        Map<String, Standing> home = Map.of("team", of("claudeHome: {secretRef: {name: home}}"));
        assertThat(taken(decide(SHARED, home))).containsExactly(0);
        assertThat(written(decide(SHARED + ENV, home)).message()).contains("credentialDelivery: Helper");
    }

    @Test
    void aCloudsVariablesAreReservedBesideASharedCredentialOfACloudToo() {
        ClaudeJobStatus status = written(decide(
                SHARED + "\nagent: {env: [{name: AWS_PROFILE, value: other}]}",
                Map.of(
                        "team",
                        of("bedrock: {region: eu-west-1, bearerToken: {secretKeyRef: {name: bedrock, key: token}}}"))));
        assertThat(status.reason()).isEqualTo("InvalidRequest");
        assertThat(status.message()).contains("AWS_*").contains("ClaudeCredential team");
    }

    /** Anything, with a free slot. */
    private static Standing of(String spec) {
        return new Standing(
                listed(spec, "team"), "name", null, null, null, null, null, null, null, List.of(), 0, 0, true);
    }
}
