package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.Kstatus;
import dev.claudejob.testing.Kstatus.Verdict;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Those who wait for a job: Flux, by the kstatus library, and people and scripts, by kubectl wait. */
class WaitingForJobsIT {
    private static final String FAILS = """
            {"v":1,"event":"result","subtype":"error_max_turns","isError":true,"terminalReason":"max_turns","turns":20}""";
    private static final String OVERLOADED = """
            {"v":1,"event":"result","subtype":"success","isError":true,"terminalReason":"api_error","apiErrorStatus":529,\
            "apiErrorType":"overloaded_error","turns":1}""";

    /** What docs/gitops.md promises for each phase. */
    private static final Map<String, String> PROMISED = Map.of(
            "Pending", "InProgress",
            "Starting", "InProgress",
            "Running", "InProgress",
            "Waiting", "InProgress",
            "Succeeded", "Current",
            "Failed", "Failed",
            "Cancelled", "Failed");

    private static final ResourceDefinitionContext JOBS = new ResourceDefinitionContext.Builder()
            .withGroup("claudejob.dev")
            .withVersion("v1alpha1")
            .withKind("ClaudeJob")
            .withPlural("claudejobs")
            .withNamespaced(true)
            .build();

    private final ApiServer api = ApiServer.shared();
    private final KubernetesClient client = api.client();
    private final String namespace = api.newNamespace();
    private final FakeKubelet kubelet = new FakeKubelet(client, namespace);

    /** Every version of every job, as anybody who watches sees it. */
    private final List<GenericKubernetesResource> seen = new CopyOnWriteArrayList<>();

    private final SharedIndexInformer<GenericKubernetesResource> watch = client.genericKubernetesResources(JOBS)
            .inNamespace(namespace)
            .inform(new ResourceEventHandler<>() {
                @Override
                public void onAdd(GenericKubernetesResource job) {
                    seen.add(job);
                }

                @Override
                public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource job) {
                    seen.add(job);
                }

                @Override
                public void onDelete(GenericKubernetesResource job, boolean unknown) {}
            });

    @TempDir
    private Path directory;

    private @Nullable Path kubeconfig;
    private @Nullable TestOperator operator;

    @BeforeEach
    void writeKubeconfig() throws IOException {
        kubeconfig = Files.writeString(directory.resolve("kubeconfig"), api.kubeconfig());
    }

    @AfterEach
    void stopAll() {
        if (operator != null) {
            operator.close();
        }
        watch.close();
        kubelet.close();
    }

    // ---- Flux

    @Test
    void kstatusAgreesWithEveryStateOfAJobsLife() {
        create("good", "");
        eventually().until(() -> !seen.isEmpty());
        operator = TestOperator.start(api, namespace);
        awaitPhase("good", "Succeeded");

        kubelet.agentsEnd(1, FAILS);
        create("bad", "");
        awaitPhase("bad", "Failed");

        kubelet.agentsEnd(1, OVERLOADED);
        create("resting", "retry: {limit: 2, backoffSeconds: 3600}");
        awaitPhase("resting", "Waiting");

        kubelet.hold(Stage.END);
        create("unwanted", "");
        awaitPhase("unwanted", "Running");
        patch("unwanted", "{\"spec\":{\"cancel\":true}}");
        kubelet.letGo(Stage.END);
        awaitPhase("unwanted", "Cancelled");

        List<Verdict> verdicts = Kstatus.of(api, seen);
        assertThat(verdicts).hasSameSizeAs(seen);
        assertThat(seen).extracting(WaitingForJobsIT::phase).containsAll(PROMISED.keySet());
        IntStream.range(0, seen.size())
                .forEach(i -> assertThat(verdicts.get(i).status())
                        .as("%s", seen.get(i))
                        .isEqualTo(observed(seen.get(i)) ? PROMISED.get(phase(seen.get(i))) : "InProgress"));
    }

    @Test
    void kstatusWaitsForAChangeOfAJobThatHasEnded() {
        operator = TestOperator.start(api, namespace);
        create("done", "");
        awaitPhase("done", "Succeeded");

        patch("done", "{\"spec\":{\"ttlSecondsAfterFinished\":86400}}");

        eventually().until(() -> verdict("done").status().equals("Current"));
        assertThat(job("done").getMetadata().getGeneration()).isEqualTo(2);
    }

    @Test
    void kstatusSaysOfAJobThatIsBeingDeletedThatItTerminates() {
        create("going", "");
        patch("going", "{\"metadata\":{\"finalizers\":[\"example.com/test\"]}}");
        resource("going").delete();

        assertThat(verdict("going").status()).isEqualTo("Terminating");
        patch("going", "{\"metadata\":{\"finalizers\":null}}");
    }

    @Test
    void kstatusSaysAtOnceOfATemplateThatNoApiserverTakesThatItFailsAndGoesOnWhenItIsEdited() {
        operator = TestOperator.start(api, namespace);
        create("greedy", "template: {resources: {requests: {memory: 4Gi}, limits: {memory: 1Gi}}}");

        eventually().until(() -> verdict("greedy").status().equals("Failed"));
        assertThat(phase(job("greedy"))).isEqualTo("Waiting");
        assertThat(verdict("greedy").message())
                .contains("must be less than or equal to memory limit", "Edit the job's template");

        patch("greedy", "{\"spec\":{\"prompt\":\"Say more.\"}}");
        eventually().until(() -> observed(job("greedy")));
        assertThat(verdict("greedy").status()).as("as wrong as before").isEqualTo("Failed");

        patch("greedy", "{\"spec\":{\"template\":{\"resources\":{\"requests\":{\"memory\":\"512Mi\"}}}}}");
        eventually().until(() -> verdict("greedy").status().equals("Current"));
        assertThat(job("greedy").<List<?>>get("status", "attempts")).hasSize(1);
    }

    /** Its answer is a 422 too, but who denies today may admit tomorrow, and the job need not change for that. */
    @Test
    void kstatusWaitsForAJobWhosePodAPolicyDenies() {
        denyPods();
        operator = TestOperator.start(api, namespace);
        create("denied", "");

        awaitPhase("denied", "Waiting");

        assertThat(verdict("denied"))
                .satisfies(v -> assertThat(v.status()).isEqualTo("InProgress"))
                .satisfies(v -> assertThat(v.message()).contains("no Pods today"));
    }

    private void denyPods() {
        String yaml = """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: no-pods-in-%1$s}
                spec:
                  matchConstraints:
                    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}
                    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
                  validations: [{expression: "false", message: no Pods today}]
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: no-pods-in-%1$s}
                spec: {policyName: no-pods-in-%1$s, validationActions: [Deny]}
                """.formatted(namespace);
        client.load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .create();
        Pod probe = new PodBuilder()
                .withNewMetadata()
                .withName("probe")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("probe")
                .withImage("probe")
                .endContainer()
                .endSpec()
                .build();
        eventually().until(() -> {
            try {
                client.resource(probe).dryRun().create();
                return false;
            } catch (KubernetesClientException e) {
                return e.getMessage().contains("no Pods today");
            }
        });
    }

    // ---- people and scripts

    @ParameterizedTest
    @CsvSource({
        "good, Complete, true",
        "good, Finished, true",
        "good, Failed,   false",
        "bad,  Failed,   true",
        "bad,  Finished, true",
        "bad,  Complete, false"
    })
    void kubectlWaitsFromBeforeTheEndAndAfterIt(String job, String condition, boolean met) {
        operator = TestOperator.start(api, namespace);
        kubelet.hold(Stage.END);
        if (job.equals("bad")) {
            kubelet.agentsEnd(1, FAILS);
        }
        create(job, "");
        awaitPhase(job, "Running");
        assertThat(kubectlWait(job, condition, "0s").join()).as("while it runs").isFalse();

        CompletableFuture<Boolean> waiting = kubectlWait(job, condition, met ? "20s" : "3s");
        kubelet.letGo(Stage.END);

        assertThat(waiting.join()).isEqualTo(met);
        awaitPhase(job, job.equals("bad") ? "Failed" : "Succeeded");
        assertThat(kubectlWait(job, condition, "0s").join()).as("afterwards").isEqualTo(met);
    }

    private CompletableFuture<Boolean> kubectlWait(String job, String condition, String timeout) {
        try {
            Process process = new ProcessBuilder(
                            api.kubectl().toString(),
                            "--kubeconfig",
                            requireNonNull(kubeconfig).toString(),
                            "--cache-dir",
                            directory.resolve("cache").toString(),
                            "--namespace",
                            namespace,
                            "wait",
                            "claudejob/" + job,
                            "--for=condition=" + condition,
                            "--timeout=" + timeout)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("output").toFile())
                    .start();
            return process.onExit().thenApply(ended -> {
                String output = read(directory.resolve("output"));
                assertThat(output).containsAnyOf("condition met", "timed out", "condition not met");
                return ended.exitValue() == 0;
            });
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    // ---- jobs

    private void create(String name, String field) {
        new JobsOfANamespace(client, namespace).create(name, field);
    }

    private void patch(String name, String merge) {
        resource(name).patch(PatchContext.of(PatchType.JSON_MERGE), merge);
    }

    private Resource<GenericKubernetesResource> resource(String name) {
        return client.genericKubernetesResources(JOBS).inNamespace(namespace).withName(name);
    }

    private GenericKubernetesResource job(String name) {
        return resource(name).get();
    }

    private Verdict verdict(String name) {
        return Kstatus.of(api, new ArrayList<>(List.of(job(name)))).getFirst();
    }

    private void awaitPhase(String name, String phase) {
        eventually()
                .until(() -> seen.stream()
                        .anyMatch(job -> job.getMetadata().getName().equals(name)
                                && phase(job).equals(phase)));
    }

    private static String phase(GenericKubernetesResource job) {
        return job.get("status", "phase");
    }

    private static boolean observed(GenericKubernetesResource job) {
        return job.<Number>get("status", "observedGeneration").longValue()
                == job.getMetadata().getGeneration();
    }
}
