package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.runtime.Serialization;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the first operator left in a cluster, under the first schema and with the first helper's words, in the hands of this one. */
class UpgradeIT {
    private static final Path FIRST = Path.of("src/test/resources/dev/claudejob/upgrade");
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private static final String SPEC = """
            spec:
              prompt: "%s"
              model: claude-x
              credentials: [{oauthToken: {secretKeyRef: {name: claude, key: token}}}]
            """;

    private static final String FINISHED = """
            status:
              observedGeneration: 1
              phase: Succeeded
              reason: Succeeded
              message: Claude Code finished in 3 turns.
              conditions:
                - {type: Complete, status: "True", reason: Succeeded, message: Done., lastTransitionTime: "2026-01-02T03:04:05Z", observedGeneration: 1}
              startTime: "2026-01-02T03:04:05Z"
              completionTime: "2026-01-02T03:05:05Z"
              durationSeconds: 60
              attempt: 1
              attempts:
                - {number: 1, podName: finished-aaaaa-1, podUID: u, credential: claude/token, startTime: "2026-01-02T03:04:05Z",
                   endTime: "2026-01-02T03:05:05Z", exitCode: 0, reason: Succeeded, message: Done., costUSD: "0.01", sessionID: s}
              credential: {name: claude/token, kind: oauthToken, billing: Subscription}
              session: {id: s}
              result: {text: Hello., structured: {a: 1}, bytes: 6, sha256: ab, truncated: true, configMapRef: {name: finished-result}}
              usage: {inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheCreationInputTokens: 4, costUSD: "0.01", turns: 3,
                      models: {claude-x: {inputTokens: 1, outputTokens: 2, costUSD: "0.01"}}}
              permissionDenials: [{tool: Bash, count: 2}]
              cli: {version: 2.1.330, imageID: "sha256:ab"}
            """;

    private static final String RUNNING = """
            status:
              observedGeneration: 1
              phase: Running
              reason: Running
              message: Claude Code is at work.
              startTime: "2026-01-02T03:04:05Z"
              attempt: 1
              attempts: [{number: 1, podName: running-1, podUID: %s, credential: claude/token, startTime: "2026-01-02T03:04:05Z"}]
              credential: {name: claude/token, kind: oauthToken, billing: Subscription}
            """;

    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: running-1
              labels: {app.kubernetes.io/managed-by: claudejob, claudejob.dev/job-name: running, claudejob.dev/job-uid: %1$s, claudejob.dev/attempt: "1"}
              finalizers: [claudejob.dev/result]
              ownerReferences: [{apiVersion: claudejob.dev/v1alpha1, kind: ClaudeJob, name: running, uid: %1$s, controller: true, blockOwnerDeletion: true}]
            spec:
              restartPolicy: Never
              nodeName: node
              initContainers: [{name: helper, image: h, restartPolicy: Always}]
              containers: [{name: claude, image: c}]
            """;

    private static final String POD_RUNNING = """
            {"status": {"phase": "Running", "startTime": "2026-01-02T03:04:05Z",
              "initContainerStatuses": [{"name": "helper", "image": "h", "imageID": "h", "ready": true, "started": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-01-02T03:04:05Z"}}}],
              "containerStatuses": [{"name": "claude", "image": "c", "imageID": "c", "ready": true, "started": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-01-02T03:04:06Z"}}}]}}""";

    private static final String POD_ENDED = """
            {"status": {"phase": "Succeeded",
              "initContainerStatuses": [{"name": "helper", "image": "h", "imageID": "h", "ready": false, "started": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 0, "startedAt": "2026-01-02T03:04:05Z", "finishedAt": "2026-01-02T03:05:06Z", "message": %s}}}],
              "containerStatuses": [{"name": "claude", "image": "c", "imageID": "c", "ready": false, "started": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 0, "startedAt": "2026-01-02T03:04:06Z", "finishedAt": "2026-01-02T03:05:05Z"}}}]}}""";

    /** As the first helper wrote it. */
    private static final String SUMMARY = """
            {"v":1,"event":"result","subtype":"success","isError":false,"terminalReason":"completed","stopReason":"end_turn","turns":3,\
            "durationMs":1234,"costUSD":"0.0123","session":"6f1a","cli":"2.1.330","usage":{"in":1,"out":2,"cacheRead":0,"cacheWrite":0},\
            "models":{"claude-x":{"in":1,"out":2,"cacheRead":3,"cacheWrite":4,"costUSD":"0.01"}},"denials":{"Bash":2},\
            "limit":{"resetsAt":1800000000,"type":"five_hour","status":"allowed"},"exit":{"term":0,"rc":0,"exit":0},\
            "proxy":{"requests":5,"ok":4,"status":{"401":1},"held":1,"heldMs":2300,"credential":0},"bytes":4,"sha256":"ab","text":"done"}""";

    private static final String CREDENTIAL = """
            apiVersion: claudejob.dev/v1alpha1
            kind: ClaudeCredential
            metadata: {name: team}
            spec: {oauthToken: {secretKeyRef: {name: claude, key: token}}, maxConcurrentJobs: 2}
            status:
              observedGeneration: 1
              credential: claude/token
              kind: oauthToken
              billing: Subscription
              activeJobs: 0
              waitingJobs: 0
              lastUsedTime: "2026-01-02T03:04:05Z"
              lastError: {reason: AuthFailed, message: no, time: "2026-01-02T03:04:05Z"}
              conditions:
                - {type: Ready, status: "True", reason: Valid, message: Done., lastTransitionTime: "2026-01-02T03:04:05Z", observedGeneration: 1}
            """;

    private final ApiServer api = ApiServer.bare();
    private final KubernetesClient client = api.client();
    private final String namespace = api.newNamespace();

    @AfterEach
    void closeClient() {
        client.close();
    }

    @Test
    void whatTheFirstOperatorLeftIsReadUpdatedAndBroughtToItsEnd() {
        api.establish(FIRST);
        GenericKubernetesResource finished = store(job("finished", "Say hello.", FINISHED));
        // What the rules of today refuse.
        store(job("odd", " ", FINISHED));
        GenericKubernetesResource running = store(job("running", "Say hello.", ""));
        Pod pod = client.getKubernetesSerialization()
                .unmarshal(POD.formatted(running.getMetadata().getUid()), Pod.class);
        pod = client.resource(pod).inNamespace(namespace).create();
        patchPod(POD_RUNNING);
        statusOf(running, RUNNING.formatted(pod.getMetadata().getUid()));
        store(CREDENTIAL);

        api.establish(Path.of("crds"));
        awaitRulesOfToday();

        assertThat(job("finished").getStatus()).isEqualTo(read(finished).getStatus());
        ClaudeJobStatus before = job("odd").getStatus();
        try (TestOperator operator = TestOperator.start(api, namespace)) {
            eventually().until(() -> job("running").getStatus().phase() == Phase.Running);
            for (String name : List.of("finished", "odd")) {
                client.resource(job(name)).edit(job -> {
                    job.getMetadata().setLabels(Map.of("seen", "yes"));
                    return job;
                });
            }
            client.resource(job("odd")).patch(MERGE, "{\"spec\": {\"cancel\": true}}");

            patchPod(POD_ENDED.formatted(Serialization.create().asJson(SUMMARY)));

            eventually().until(() -> job("running").getStatus().phase() == Phase.Succeeded);
            assertThat(job("running").getStatus()).satisfies(status -> {
                assertThat(status.result().text()).isEqualTo("done");
                assertThat(status.usage().costUSD()).isEqualTo("0.0123");
                assertThat(status.session().id()).isEqualTo("6f1a");
                assertThat(status.attempts()).hasSize(1);
            });
            eventually()
                    .until(() -> pods().getFirst().getMetadata().getFinalizers().isEmpty());
            assertThat(pods()).as("nothing was started anew").hasSize(1);
            eventually()
                    .untilAsserted(() -> assertThat(credential().getStatus().conditions())
                            .anySatisfy(c -> assertThat(c.type()).isEqualTo("Ready")));
        }
        assertThat(job("finished").getStatus().result())
                .isEqualTo(read(finished).getStatus().result());
        assertThat(job("odd").getStatus().result()).isEqualTo(before.result());
        assertThat(job("odd").getStatus().phase()).isEqualTo(Phase.Succeeded);
    }

    private static String job(String name, String prompt, String status) {
        return "apiVersion: claudejob.dev/v1alpha1\nkind: ClaudeJob\nmetadata: {name: " + name + "}\n"
                + SPEC.formatted(prompt) + status;
    }

    /** With its status, if it has one. */
    private GenericKubernetesResource store(String yaml) {
        GenericKubernetesResource object =
                client.getKubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class);
        GenericKubernetesResource made =
                client.resource(object).inNamespace(namespace).create();
        return object.get("status") == null ? made : statusOf(made, yaml);
    }

    private GenericKubernetesResource statusOf(GenericKubernetesResource object, String yaml) {
        Map<String, Object> fields = client.getKubernetesSerialization().unmarshal(yaml, Map.class);
        object.setAdditionalProperty("status", fields.get("status"));
        return client.resource(object).inNamespace(namespace).updateStatus();
    }

    private void patchPod(String status) {
        client.pods()
                .inNamespace(namespace)
                .withName("running-1")
                .subresource("status")
                .patch(MERGE, status);
    }

    /** An apiserver takes a moment to go by a new schema. */
    private void awaitRulesOfToday() {
        eventually().until(() -> {
            try {
                client.resource(client.getKubernetesSerialization()
                                .unmarshal(job("new", " ", ""), GenericKubernetesResource.class))
                        .inNamespace(namespace)
                        .dryRun()
                        .create();
                return false;
            } catch (KubernetesClientException e) {
                return e.getCode() == 422;
            }
        });
    }

    private ClaudeJob read(GenericKubernetesResource stored) {
        return client.getKubernetesSerialization()
                .unmarshal(client.getKubernetesSerialization().asJson(stored), ClaudeJob.class);
    }

    private ClaudeJob job(String name) {
        return client.resources(ClaudeJob.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private ClaudeCredential credential() {
        return client.resources(ClaudeCredential.class)
                .inNamespace(namespace)
                .withName("team")
                .get();
    }

    private List<Pod> pods() {
        return client.pods().inNamespace(namespace).list().getItems();
    }
}
