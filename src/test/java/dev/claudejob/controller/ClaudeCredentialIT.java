package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.Kstatus;
import dev.claudejob.testing.OperatedNamespace;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What jobs share, with the whole operator against a real kube-apiserver and a kubelet that is played. */
class ClaudeCredentialIT {
    private static final String WELL = """
            {"v":1,"event":"result","subtype":"success","isError":false,"terminalReason":"completed","turns":1,\
            "text":"Done.","bytes":5,"proxy":{"requests":2,"ok":2,"status":{},"held":0,"heldMs":0,"credential":0}}""";

    private static final String REFUSED = """
            {"v":1,"event":"result","subtype":"success","isError":true,"terminalReason":"api_error","apiErrorStatus":401,\
            "turns":1,"text":"Invalid bearer token"%s}""";

    private static final String MEASURED_401 =
            ",\"proxy\":{\"requests\":1,\"ok\":0,\"status\":{\"401\":1},\"held\":1,\"heldMs\":90000,\"credential\":0}";

    private final OperatedNamespace here = new OperatedNamespace();
    private final ApiServer api = here.api();
    private final KubernetesClient client = here.client();
    private final String namespace = here.name();
    private final FakeKubelet kubelet = here.kubelet();
    private final JobsOfANamespace jobs = here.jobs();

    @BeforeEach
    void startOperator() {
        kubelet.agentsEnd(0, WELL);
        here.startOperator();
    }

    @AfterEach
    void stopAll() {
        here.close();
    }

    // ---- what a platform engineer and users do and see

    private ClaudeCredential share(String name, @Nullable Integer maxConcurrentJobs) {
        return client.resource(client.getKubernetesSerialization()
                        .unmarshal("""
                apiVersion: claudejob.dev/v1alpha1
                kind: ClaudeCredential
                metadata: {name: %s, namespace: %s}
                spec:
                  oauthToken: {secretKeyRef: {name: %s, key: token}}
                  maxConcurrentJobs: %s
                """.formatted(name, namespace, name, maxConcurrentJobs), ClaudeCredential.class))
                .create();
    }

    private ClaudeJob job(String name, String... credentials) {
        List<String> listed = Stream.of(credentials)
                .map(c -> c.contains("/")
                        ? "{apiKey: {secretKeyRef: {name: %s, key: %s}}}".formatted((Object[]) c.split("/", 2))
                        : "{credentialRef: {name: " + c + "}}")
                .toList();
        return jobs.create(name, listed.toString(), "");
    }

    private ClaudeJobStatus awaitReason(ClaudeJob job, String reason) {
        return jobs.awaitStatus(job, s -> reason.equals(s.reason()));
    }

    private ClaudeCredentialStatus awaitReady(ClaudeCredential credential, ConditionStatus ready, String reason) {
        return awaitCredential(
                credential,
                s -> s.conditions().stream()
                        .anyMatch(c -> c.type().equals("Ready")
                                && c.status() == ready
                                && c.reason().equals(reason)));
    }

    private ClaudeCredentialStatus awaitCredential(
            ClaudeCredential credential, Predicate<ClaudeCredentialStatus> wanted) {
        return eventually()
                .until(
                        () -> {
                            ClaudeCredential now = client.resource(credential).get();
                            return now == null ? null : now.getStatus();
                        },
                        s -> s != null && s.conditions() != null && wanted.test(s));
    }

    private static Condition ready(ClaudeCredentialStatus status) {
        return Objects.requireNonNull(status.conditions()).stream()
                .filter(c -> c.type().equals("Ready"))
                .findFirst()
                .orElseThrow();
    }

    private List<String> startsByUid() {
        return kubelet.starts().stream().map(s -> s.split("/", 2)[0]).toList();
    }

    private static String limitedUntil(Instant reset) {
        return """
                {"v":1,"event":"result","subtype":"success","isError":true,"terminalReason":"api_error","apiErrorStatus":429,\
                "turns":1,"text":"You've hit your limit","limit":{"resetsAt":%d,"type":"five_hour","status":"rejected"},\
                "proxy":{"requests":1,"ok":0,"status":{"429":1},"held":0,"heldMs":0,"credential":0}}""".formatted(reset.getEpochSecond());
    }

    /** What {@code kstatus}, and so Flux, makes of it now. */
    private String verdict(ClaudeCredential credential) {
        GenericKubernetesResource now = client.genericKubernetesResources("claudejob.dev/v1alpha1", "ClaudeCredential")
                .inNamespace(namespace)
                .withName(credential.getMetadata().getName())
                .get();
        return Kstatus.of(api, List.of(now)).getFirst().status();
    }

    // ---- there is one, or not

    @Test
    void fluxWaitsForOneThatNoOperatorHasSeenAndNotForItsFirstUse() {
        here.stopOperator();
        ClaudeCredential team = share("team", null);
        assertThat(client.resource(team).get().getStatus().observedGeneration()).isEqualTo(-1);
        assertThat(verdict(team)).isEqualTo("InProgress");

        here.startOperator();

        awaitReady(team, ConditionStatus.True, "Unverified");
        assertThat(verdict(team)).isEqualTo("Current");
    }

    @Test
    void aCredentialThatWorksSaysSo() {
        ClaudeCredential team = share("team", null);
        assertThat(ready(awaitReady(team, ConditionStatus.True, "Unverified")).message())
                .contains("No job has used it");

        ClaudeJob job = job("job", "team");

        ClaudeJobStatus done = awaitReason(job, "Succeeded");
        assertThat(done.attempts().getFirst().credentialRef().name()).isEqualTo("team");
        assertThat(done.credential().name()).isEqualTo("team/token");
        assertThat(done.credential().credentialRef().name()).isEqualTo("team");
        ClaudeCredentialStatus valid = awaitReady(team, ConditionStatus.True, "Valid");
        assertThat(valid.kind()).isEqualTo("oauthToken");
        assertThat(valid.billing()).hasToString("Subscription");
        assertThat(valid.lastUsedTime()).isNotNull();
        assertThat(awaitCredential(team, s -> s.activeJobs() == 0).waitingJobs())
                .isZero();
    }

    @Test
    void aJobWhoseCredentialDoesNotExistWaitsForItAndSpendsNoAttempt() {
        ClaudeJob job = job("job", "late");
        ClaudeJobStatus waiting = awaitReason(job, "CredentialMissing");
        assertThat(waiting.phase()).isEqualTo(Phase.Waiting);
        assertThat(waiting.message()).contains("ClaudeCredential late does not exist");
        assertThat(waiting.attempt()).isNull();

        share("late", null);

        assertThat(awaitReason(job, "Succeeded").attempt()).isEqualTo(1);
    }

    @Test
    void aCredentialThatIsDeletedIsStillUsedByThoseUnderWayAndWaitedForByTheOthers() {
        kubelet.hold(Stage.END);
        ClaudeCredential team = share("team", 1);
        ClaudeJob first = job("first", "team");
        awaitReason(first, "Running");
        ClaudeJob second = job("second", "team");
        awaitReason(second, "Queued");

        client.resource(team).delete();

        awaitReason(second, "CredentialMissing");
        assertThat(jobs.status(first).reason()).isEqualTo("Running");
        kubelet.letGo(Stage.END);
        awaitReason(first, "Succeeded");
        share("team", 1);
        awaitReason(second, "Succeeded");
    }

    // ---- the queue

    @Test
    void jobsTakeTurnsInTheOrderInWhichTheyWereCreatedAlsoAcrossARestart() {
        kubelet.hold(Stage.END);
        ClaudeCredential team = share("team", 1);
        List<ClaudeJob> all =
                Stream.of("a", "b", "c").map(name -> job(name, "team")).toList();
        awaitReason(all.get(0), "Running");
        awaitReason(all.get(1), "Queued");
        assertThat(awaitReason(all.get(2), "Queued").attempt()).isNull();
        awaitCredential(team, s -> s.activeJobs() == 1 && s.waitingJobs() == 2);

        here.stopOperator();
        here.startOperator();
        kubelet.letGo(Stage.END);

        all.forEach(job -> awaitReason(job, "Succeeded"));
        assertThat(startsByUid())
                .containsExactlyElementsOf(
                        all.stream().map(j -> j.getMetadata().getUid()).toList());
    }

    @Test
    void neverMoreJobsAtOnceThanTheCredentialAllowsHoweverManyCome() {
        ClaudeCredential team = share("team", 3);
        AtomicInteger most = new AtomicInteger();
        List<ClaudeJob> all = new ArrayList<>();
        IntStream.range(0, 25).forEach(i -> all.add(job("job-%02d".formatted(i), "team")));

        eventually().until(() -> {
            List<ClaudeJob> now = client.resources(ClaudeJob.class)
                    .inNamespace(namespace)
                    .list()
                    .getItems();
            int active = (int) now.stream().filter(ClaudeCredentialIT::active).count();
            most.accumulateAndGet(active, Math::max);
            return now.stream()
                    .allMatch(j -> j.getStatus() != null
                            && j.getStatus().phase() != null
                            && j.getStatus().phase().finished());
        });

        assertThat(most.get()).isBetween(1, 3);
        assertThat(startsByUid()).hasSize(25).doesNotHaveDuplicates();
        awaitCredential(team, s -> s.activeJobs() == 0 && s.waitingJobs() == 0);
        // Counts are written every few seconds at most.
        assertThat(here.wire().requests())
                .filteredOn(r -> r.matches("PUT .*/claudecredentials/[^/]+/status"))
                .hasSizeLessThan(10);
    }

    private static boolean active(ClaudeJob job) {
        ClaudeJobStatus status = job.getStatus();
        return status != null
                && status.attempts() != null
                && !status.attempts().isEmpty()
                && !status.attempts().getLast().ended();
    }

    @Test
    void aJobThatIsDeletedMakesRoomForTheNext() {
        kubelet.hold(Stage.END);
        share("team", 1);
        ClaudeJob first = job("first", "team");
        awaitReason(first, "Running");
        ClaudeJob second = job("second", "team");
        awaitReason(second, "Queued");

        client.resource(first).delete();

        awaitReason(second, "Running");
    }

    /** An admission webhook that is down makes the apiserver answer 500, for as long as it is down. */
    @Test
    void aJobWhosePodCantBeMadeKeepsNoSlotFromTheOthers() {
        String name = namespace + "-down";
        client.resource("""
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingWebhookConfiguration
                metadata: {name: %s}
                webhooks:
                - name: down.example.com
                  clientConfig: {url: "https://127.0.0.1:1/"}
                  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}
                  objectSelector: {matchLabels: {claudejob.dev/job-name: first}}
                  failurePolicy: Fail
                  sideEffects: None
                  admissionReviewVersions: [v1]
                """.formatted(name, namespace)).create();
        try {
            Pod probe = new PodBuilder()
                    .withNewMetadata()
                    .withName("probe")
                    .withNamespace(namespace)
                    .addToLabels("claudejob.dev/job-name", "first")
                    .endMetadata()
                    .withNewSpec()
                    .addNewContainer()
                    .withName("c")
                    .withImage("i")
                    .endContainer()
                    .endSpec()
                    .build();
            eventually().until(() -> {
                try {
                    client.resource(probe).dryRun().create();
                    return false;
                } catch (KubernetesClientException e) {
                    return e.getCode() == 500;
                }
            });
            share("team", 1);
            ClaudeJob first = job("first", "team");
            ClaudeJob second = job("second", "team");

            awaitReason(second, "Succeeded");
            assertThat(awaitReason(first, "PodRejected").message()).contains("down.example.com");
        } finally {
            client.admissionRegistration()
                    .v1()
                    .validatingWebhookConfigurations()
                    .withName(name)
                    .delete();
        }
    }

    @Test
    void aCredentialThatAllowsMoreLetsMoreIn() {
        kubelet.hold(Stage.END);
        ClaudeCredential team = share("team", 1);
        awaitReason(job("first", "team"), "Running");
        ClaudeJob second = job("second", "team");
        awaitReason(second, "Queued");

        client.resource(team).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"maxConcurrentJobs\":2}}");

        awaitReason(second, "Running");
    }

    // ---- what one job finds out

    @Test
    void aUsageLimitThatOneJobMeetsParksTheOthersBeforeTheyStart() {
        Instant reset = Instant.now().plusSeconds(6);
        kubelet.agentsEnd(1, limitedUntil(reset));
        ClaudeCredential team = share("team", 5);
        ClaudeJob first = job("first", "team");
        awaitReason(first, "UsageLimit");
        kubelet.agentsEnd(0, WELL);

        ClaudeJob second = job("second", "team");

        ClaudeJobStatus parked = awaitReason(second, "UsageLimit");
        assertThat(parked.phase()).isEqualTo(Phase.Waiting);
        assertThat(parked.attempt()).isNull();
        assertThat(Instant.parse(parked.resumeAt())).isBetween(reset, reset.plusSeconds(32));
        ClaudeCredentialStatus limited = awaitReady(team, ConditionStatus.False, "UsageLimited");
        assertThat(Instant.parse(limited.limitedUntil())).isBetween(reset.minusSeconds(1), reset);
        assertThat(limited.limitType()).isEqualTo("five_hour");

        here.stopOperator();
        here.startOperator();

        assertThat(awaitReason(second, "Succeeded").attempt()).isEqualTo(1);
        awaitReady(team, ConditionStatus.True, "Valid");
    }

    @Test
    void aLimitOutlivesTheJobThatMetIt() {
        kubelet.agentsEnd(1, limitedUntil(Instant.now().plusSeconds(600)));
        ClaudeCredential team = share("team", null);
        ClaudeJob first = job("first", "team");
        awaitReason(first, "UsageLimit");
        awaitReady(team, ConditionStatus.False, "UsageLimited");
        client.resource(first).delete();

        here.stopOperator();
        here.startOperator();

        awaitReason(job("second", "team"), "UsageLimit");
    }

    @Test
    void aJobWithAnotherCredentialDoesNotWaitForALimitToPass() {
        kubelet.agentsEnd(1, limitedUntil(Instant.now().plusSeconds(600)));
        share("team", null);
        awaitReason(job("first", "team"), "UsageLimit");
        kubelet.agentsEnd(0, WELL);

        ClaudeJobStatus done = awaitReason(job("second", "team", "metered/key"), "Succeeded");

        assertThat(done.attempts()).hasSize(1);
        assertThat(done.credential().name()).isEqualTo("metered/key");
        assertThat(done.credential().credentialRef()).isNull();
    }

    @Test
    void aRefusalThatTheHelperMeasuredHoldsTheOthersUntilTheCredentialIsMadeAnew() {
        kubelet.agentsEnd(1, REFUSED.formatted(MEASURED_401));
        ClaudeCredential team = share("team", null);
        awaitReason(job("first", "team"), "AuthFailed");
        kubelet.agentsEnd(0, WELL);

        ClaudeJob second = job("second", "team");

        assertThat(awaitReason(second, "AuthFailed").phase()).isEqualTo(Phase.Waiting);
        ClaudeCredentialStatus failed = awaitReady(team, ConditionStatus.False, "AuthFailed");
        assertThat(failed.lastError().message()).contains("ClaudeJob first").contains("401");
        assertThat(ready(failed).message()).contains("Secret, team/token");

        client.resource(team).delete();
        eventually().until(() -> client.resource(team).get() == null);
        // Times in status are whole seconds: one that is made in the second of the refusal is refused too.
        await().until(() ->
                Instant.now().isAfter(Instant.parse(failed.lastError().time()).plusSeconds(1)));
        share("team", null);

        awaitReason(second, "Succeeded");
    }

    /** An account without credit is told by a 400: only the helper's word makes it the credential's. */
    @Test
    void anAccountThatCantPayHoldsTheOthersWhateverTheApisStatusWas() {
        kubelet.agentsEnd(1, """
                {"v":1,"event":"result","subtype":"success","isError":true,"terminalReason":"api_error","apiErrorStatus":400,\
                "turns":1,"text":"Credit balance is too low","cooling":[{"c":0,"why":"BillingProblem","until":%d}],\
                "proxy":{"requests":1,"ok":0,"status":{"400":1},"held":0,"heldMs":0,"credential":0}}""".formatted(Instant.now().plusSeconds(3600).getEpochSecond()));
        ClaudeCredential team = share("team", null);
        awaitReason(job("first", "team"), "BillingProblem");
        kubelet.agentsEnd(0, WELL);

        assertThat(awaitReason(job("second", "team"), "BillingProblem").phase()).isEqualTo(Phase.Waiting);
        ClaudeCredentialStatus failed = awaitReady(team, ConditionStatus.False, "BillingProblem");
        assertThat(failed.lastError().message()).contains("ClaudeJob first").contains("can't pay");
        assertThat(verdict(team)).isEqualTo("Failed");
    }

    @Test
    void howFullItIsAndWhenItEndsOutliveTheJobThatSawIt() {
        // What was seen before it was made would be about another.
        ClaudeCredential team = share("team", null);
        Instant reset = Instant.now().plusSeconds(600).truncatedTo(ChronoUnit.SECONDS);
        Instant end = Instant.now().plusSeconds(1800).truncatedTo(ChronoUnit.SECONDS);
        kubelet.agentsEnd(
                0,
                WELL.replace(
                        ",\"proxy\"",
                        ",\"outlook\":[{\"c\":0,\"exp\":%d,\"w\":{\"five_hour\":[92,%d,%d]}}],\"proxy\""
                                .formatted(
                                        end.getEpochSecond(),
                                        reset.getEpochSecond(),
                                        Instant.now().getEpochSecond())));
        ClaudeJob job = job("job", "team");
        awaitReason(job, "Succeeded");

        ClaudeCredentialStatus seen = awaitReady(team, ConditionStatus.True, "Expiring");
        assertThat(seen.expiresAt()).isEqualTo(end.toString());
        assertThat(seen.utilization().getFirst().percent()).isEqualTo(92);
        assertThat(seen.utilization().getFirst().resetTime()).isEqualTo(reset.toString());

        client.resource(job).delete();
        here.stopOperator();
        here.startOperator();
        kubelet.agentsEnd(0, WELL);
        Instant nextSecond = Instant.parse(seen.lastUsedTime()).plusSeconds(1);
        await().until(() -> !Instant.now().isBefore(nextSecond));
        awaitReason(job("next", "team"), "Succeeded");

        ClaudeCredentialStatus after =
                awaitCredential(team, s -> !Objects.equals(s.lastUsedTime(), seen.lastUsedTime()));
        assertThat(after.utilization()).isEqualTo(seen.utilization());
        assertThat(after.expiresAt()).isEqualTo(seen.expiresAt());
    }

    @Test
    void whatOnlyAnAgentSaysMovesNobodyElse() {
        kubelet.agentsEnd(1, REFUSED.formatted(""));
        ClaudeCredential team = share("team", null);
        awaitReason(job("liar", "team"), "AuthFailed");
        kubelet.agentsEnd(0, WELL);

        awaitReason(job("honest", "team"), "Succeeded");
        awaitReady(team, ConditionStatus.True, "Valid");
    }

    @Test
    void aSecretThatIsNotThereIsWaitedForByOneJobAndTheOthersWaitForThat() {
        kubelet.hold(Stage.READY);
        ClaudeCredential team = share("team", null);
        ClaudeJob first = job("first", "team");
        awaitReason(first, "CredentialMissing");
        awaitReady(team, ConditionStatus.False, "Missing");
        ClaudeJob second = job("second", "team");
        ClaudeJobStatus waiting = awaitReason(second, "CredentialMissing");
        assertThat(waiting.attempt()).isNull();
        assertThat(waiting.message()).contains("Another job waits for it");

        kubelet.letGo(Stage.READY);

        awaitReason(first, "Succeeded");
        awaitReason(second, "Succeeded");
    }
}
