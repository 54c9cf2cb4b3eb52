package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.pod.PodNames;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a cluster and its nodes may do to a job's Pod: each has its reason, half a minute after anybody can see it. */
@Timeout(300)
@ExtendWith(Testbed.class)
class PodFailureE2E {
    /** On a busy machine many at once are slow. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final String NO_REGISTRY = "localhost:1/no/such:image";

    @Test
    void aPodThatCanNotStartSaysWhyAndGoesOnOnceItCan(Space space) {
        try (History history = History.of(space)) {
            space.apply(
                    "failing",
                    Map.of(
                            "name",
                            "config",
                            "scenario",
                            "text",
                            "agent",
                            ", env: [{name: COLOUR, valueFrom: {configMapKeyRef: {name: late, key: colour}}}]",
                            "retries",
                            "0",
                            "more",
                            ""));
            space.job(
                    "mount",
                    "text",
                    "template: {volumes: [{name: late, configMap: {name: late}}], volumeMounts: [{name: late, mountPath: /late}]}");
            space.job("pull", "text", "template: {image: '" + NO_REGISTRY + "', imagePullPolicy: Always}");
            space.job("unschedulable", "text", "template: {nodeSelector: {no-such-label: anywhere}}");

            Job config = space.withReason("config", "PodRejected");
            assertThat(config.message()).contains("configmap \"late\" not found");
            history.told("config", "PodRejected", event(space, "config", "Failed"));
            assertThat(space.withReason("mount", "PodRejected").message()).contains("FailedMount", "late");
            history.told("mount", "PodRejected", event(space, "mount", "FailedMount"));
            assertThat(space.withReason("pull", "ImagePull").message()).contains(NO_REGISTRY);
            history.told("pull", "ImagePull", event(space, "pull", "Failed"));
            space.withReason("unschedulable", "Unschedulable");
            history.told("unschedulable", "Unschedulable", condition(space, "unschedulable", "PodScheduled"));
            await().untilAsserted(() -> assertThat(space.events("unschedulable"))
                    .extracting(event -> event.path("reason").asText())
                    .containsExactlyInAnyOrder("Started", "Unschedulable"));

            space.kubectl().run("create", "configmap", "late", "--from-literal=colour=blue");
            succeeds(space, "config");
            succeeds(space, "mount");
        }
    }

    @Test
    void aPodThatTheClusterRefusesIsTriedAgainUntilItTakesIt(Space space) {
        Space refusing = new Space(space.kubectl().in(space.name() + "-r"), space.standIn());
        try (History history = History.of(space)) {
            refusing.apply("namespace", Map.of("oauthToken", Space.OAUTH_TOKEN, "apiKey", Space.API_KEY));
            refusing.apply("refusing");
            space.kubectl().run("create", "quota", "none", "--hard=pods=0");
            space.kubectl().await("resourcequota/none", "jsonpath={.status.hard.pods}=0");
            space.job("quota", "text", "");

            assertThat(space.withReason("quota", "PodRejected").message()).contains("exceeded quota: none");
            history.told("quota", "PodRejected", created(space, "quota"));
            space.kubectl().run("delete", "resourcequota", "none");
            succeeds(space, "quota");

            await().until(() -> !refusing.kubectl()
                    .tryApply(pod(refusing, "any"), "--dry-run=server")
                    .ok());
            try (History there = History.of(refusing)) {
                refusing.job("admission", "text", "");
                assertThat(refusing.withReason("admission", "PodRejected").message())
                        .contains("nothing runs here today");
                there.told("admission", "PodRejected", created(refusing, "admission"));
            }
            delete(refusing, "refusing");
            succeeds(refusing, "admission");
        } finally {
            delete(refusing, "refusing");
            refusing.delete();
        }
    }

    @Test
    void aNameThatSomebodyElsesPodHasIsWaitedFor(Space space) {
        try (History history = History.of(space)) {
            space.apply("shared-job", Map.of("name", "job", "prompt", "scenario:text"));
            Job waiting = space.withReason("job", "CredentialMissing");
            String name =
                    PodNames.podName("job", waiting.object().at("/metadata/uid").asText(), 1);
            space.kubectl().apply(pod(space, name));

            space.kubectl().apply("""
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: team}
                    stringData: {token: %s}
                    """.formatted(Space.OAUTH_TOKEN));
            space.apply("shared-credential", Map.of("jobs", "1"));
            assertThat(space.withReason("job", "NameTaken").message()).contains(name);
            history.told(
                    "job",
                    "NameTaken",
                    time(space.kubectl().json("get", "claudecredential", "team").at("/metadata/creationTimestamp")));

            space.kubectl().run("delete", "pod", name, "--grace-period=1");
            succeeds(space, "job");
        }
    }

    /** Where the kernel kills one process of a container, Claude Code sees its tool fail; where it kills all, nobody can go on. */
    @Test
    void anAgentThatIsOutOfMemoryFailsAndOneWhoseToolIsSaysWhatCameOfIt(Space space) {
        try (History history = History.of(space)) {
            space.job("agent", "turns:40", "template: {resources: {limits: {memory: 90Mi}, requests: {memory: 90Mi}}}");
            space.job(
                    "tool",
                    "bash <<<head -c 900M /dev/zero | tail -n 1 >/dev/null; echo \"ended with ${PIPESTATUS[*]}\">>>",
                    "template: {resources: {limits: {memory: 500Mi}, requests: {memory: 90Mi}}}");

            Job agent = space.finished("agent", PATIENCE);
            assertThat(agent.reason()).as(agent.message()).isEqualTo("OutOfMemory");
            assertThat(agent.message()).contains("template.resources.limits.memory");
            history.told("agent", "OutOfMemory", history.bothEnded("agent"));

            Job tool = space.finished("tool", PATIENCE);
            boolean wholeContainer = space.pods("tool")
                            .getFirst()
                            .at("/status/containerStatuses/0/state/terminated/exitCode")
                            .asInt()
                    == 137;
            if (wholeContainer) {
                assertThat(tool.reason()).as(tool.message()).isEqualTo("OutOfMemory");
            } else {
                assertThat(tool.phase()).as(tool.message()).isEqualTo("Succeeded");
                assertThat(tool.text()).contains("137");
            }
            history.told("tool", tool.reason(), history.bothEnded("tool"));
        }
    }

    @Test
    void aVolumeThatGrowsOverItsLimitHasItsPodEvictedAndThatIsNotTriedAgain(Space space) {
        try (History history = History.of(space)) {
            space.job(
                    "job",
                    "bash <<<head -c 40M /dev/zero >/data/file; sleep 170>>>",
                    "template: {volumes: [{name: data, emptyDir: {sizeLimit: 8Mi}}], volumeMounts: [{name: data, mountPath: /data}]}");

            Job job = space.finished("job", Duration.ofSeconds(160));

            assertThat(job.reason()).as(job.message()).isEqualTo("Evicted");
            assertThat(job.message()).contains("data").contains("exceeds the limit");
            assertThat(job.status().path("attempts")).hasSize(1);
            history.told("job", "Evicted", event(space, "job", "Evicted"));
        }
    }

    @Test
    void aContainerThatSomebodyInjectsAndThatNeverEndsHoldsNoJobUp(Space space) {
        try (History history = History.of(space)) {
            space.apply("injecting");
            await().atMost(Space.PATIENCE)
                    .until(() -> space.kubectl()
                            .tryApply(pod(space, "any"), "--dry-run=server", "-o", "json")
                            .out()
                            .contains("\"injected\""));
            space.job("job", "text", "");

            succeeds(space, "job");
            history.told("job", "Succeeded", history.agentEnded("job"));
            await().atMost(Space.PATIENCE)
                    .untilAsserted(() -> assertThat(space.pods("job")).isEmpty());
        } finally {
            delete(space, "injecting");
        }
    }

    /** Kubernetes' own controllers find that the node does not answer, and that it is gone; the test only plays its kubelet until then. */
    @Test
    void aNodeThatDoesNotAnswerAndThenIsGoneIsNotShownAsRunning(Space space) {
        String node = space.name();
        try (History history = History.of(space)) {
            space.apply("node");
            patchStatus(space, "node/" + node, NODE_READY.formatted(Instant.now(), Instant.now()));
            space.job(
                    "job",
                    "text",
                    "template: {nodeSelector: {kubernetes.io/hostname: " + node
                            + "}, tolerations: [{operator: Exists}]}");
            Job starting = space.withReason("job", "Starting");
            space.kubectl().await("pod/" + starting.pod(), "condition=PodScheduled");
            patchStatus(
                    space,
                    "pod/" + starting.pod(),
                    POD_RUNNING.replace("NOW", Instant.now().toString()));
            space.withReason("job", "Running");

            Job silent = space.withReason("job", "NodeLost", Duration.ofSeconds(120));
            assertThat(silent.phase()).isEqualTo("Waiting");
            assertThat(silent.message()).contains(node).contains("does not answer");
            history.told("job", "NodeLost", condition(space, "job", "Ready"));

            space.kubectl().run("delete", "node", node);
            Job job = space.finished("job", Duration.ofSeconds(120));
            assertThat(job.phase()).isEqualTo("Failed");
            assertThat(job.reason()).isEqualTo("NodeLost");
            space.kubectl().awaitEnd("pod/" + starting.pod());
        } finally {
            space.kubectl().tryRun("delete", "node", node, "--ignore-not-found");
        }
    }

    private static final String NODE_READY = """
            {"status": {"capacity": {"cpu": "4", "memory": "8Gi", "pods": "10"},
             "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "10"},
             "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "it is",
               "lastHeartbeatTime": "%s", "lastTransitionTime": "%s"}]}}""";

    private static final String POD_RUNNING = """
            {"status": {"phase": "Running", "startTime": "NOW",
             "conditions": [
               {"type": "PodScheduled", "status": "True", "lastTransitionTime": "NOW"},
               {"type": "ContainersReady", "status": "True", "lastTransitionTime": "NOW"},
               {"type": "Ready", "status": "True", "lastTransitionTime": "NOW"}],
             "initContainerStatuses": [{"name": "helper", "ready": true, "started": true, "restartCount": 0, "image": "i",
               "imageID": "i", "state": {"running": {"startedAt": "NOW"}}}],
             "containerStatuses": [{"name": "claude", "ready": true, "started": true, "restartCount": 0, "image": "i",
               "imageID": "i", "state": {"running": {"startedAt": "NOW"}}}]}}""";

    private static void patchStatus(Space space, String object, String patch) {
        space.kubectl().run("patch", object, "--subresource=status", "--type=merge", "-p", patch);
    }

    private static void succeeds(Space space, String name) {
        Job job = space.finished(name, PATIENCE);
        assertThat(job.phase()).as(job.reason() + " " + job.message()).isEqualTo("Succeeded");
    }

    private static String pod(Space space, String name) {
        return space.yaml("bystander", Map.of("name", name));
    }

    private static void delete(Space space, String file) {
        space.kubectl().deleteAll(space.yaml(file, Map.of()));
    }

    // ---- when Kubernetes showed it

    /** The first Event of this reason that the job's Pod has. */
    private static Instant event(Space space, String job, String reason) {
        String pod = space.job(job).pod();
        List<JsonNode> events = Space.items(space.kubectl()
                .json("get", "events", "--field-selector", "involvedObject.name=" + pod + ",reason=" + reason));
        assertThat(events).as(reason + " of " + pod).isNotEmpty();
        return events.stream()
                .map(event -> time(event.path("firstTimestamp")))
                .min(Instant::compareTo)
                .orElseThrow();
    }

    private static Instant condition(Space space, String job, String type) {
        for (JsonNode condition : space.pods(job).getFirst().at("/status/conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return time(condition.path("lastTransitionTime"));
            }
        }
        throw new AssertionError("no condition " + type);
    }

    private static Instant created(Space space, String job) {
        return time(space.job(job).object().at("/metadata/creationTimestamp"));
    }

    private static Instant time(JsonNode text) {
        return Instant.parse(text.asText());
    }
}
