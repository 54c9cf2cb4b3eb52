package dev.claudejob.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.PodNames;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the operator keeps of jobs and Pods is small whatever their users wrote, and is enough. */
class PruningIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PROMPT = "Say it. ".repeat(7_500);
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private final ApiServer server = ApiServer.shared();
    private final KubernetesClient client = server.client();
    private final String namespace = server.newNamespace();
    private final KubernetesClient pruning = new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(server.kubeconfig()))
            .withKubernetesSerialization(Serialization.pruning())
            .build();

    @BeforeEach
    void serviceAccount() {
        // No controller makes it here, and a Pod needs it.
        client.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName("default")
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    @AfterEach
    void close() {
        pruning.close();
    }

    private ClaudeJob create(String name) {
        ClaudeJob job =
                Jobs.job("prompt: '" + PROMPT + "'\nagent: {appendSystemPrompt: '" + PROMPT.substring(0, 9_000) + "'}");
        job.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(namespace)
                .addToAnnotations(LAST_APPLIED, PROMPT)
                .build());
        return client.resource(job).create();
    }

    private ClaudeJob finish(ClaudeJob job) {
        job.setStatus(client.getKubernetesSerialization().unmarshal("""
                        observedGeneration: 1
                        phase: Succeeded
                        reason: Completed
                        message: Claude Code has finished.
                        completionTime: "2026-03-01T12:00:00Z"
                        result: {text: It is said., bytes: 11}
                        """, ClaudeJobStatus.class));
        return client.resource(job).updateStatus();
    }

    private ClaudeJob stored(String name) {
        return Objects.requireNonNull(client.resources(ClaudeJob.class)
                .inNamespace(namespace)
                .withName(name)
                .get());
    }

    private List<Pod> pods() {
        return client.pods().inNamespace(namespace).list().getItems();
    }

    private int chars(List<? extends HasMetadata> objects) {
        return objects.stream()
                .mapToInt(o -> client.getKubernetesSerialization().asJson(o).length())
                .sum();
    }

    private ClaudeJobOperator operator() throws Exception {
        ClaudeJobOperator operator = new ClaudeJobOperator(
                pruning,
                OperatorConfig.parse("""
                        runner: {image: runner}
                        helper: {image: helper}
                        watchNamespaces: [%s, default]
                        leaderElection: false
                        """.formatted(namespace), "test"),
                new SimpleMeterRegistry(),
                Clock.systemUTC(),
                new Replica(namespace, "test", Replica.LEASE));
        operator.start();
        return operator;
    }

    @Test
    void ofFinishedJobsAndTheirPodsLittleIsKept() {
        int count = 45;
        for (int i = 0; i < count; i++) {
            ClaudeJob job = finish(create("job-" + i));
            client.resource(new PodBuilder(PodStory.SETTINGS).build(job, 1, List.of(0)))
                    .create();
        }
        try (SharedIndexInformer<ClaudeJob> jobs = pruning.resources(ClaudeJob.class)
                        .inNamespace(namespace)
                        .withLimit(20L)
                        .inform();
                SharedIndexInformer<Pod> pods =
                        pruning.pods().inNamespace(namespace).withLimit(20L).inform()) {
            assertThat(jobs.getStore().list()).hasSize(count);
            assertThat(pods.getStore().list()).hasSize(count);
            assertThat(pods.getStore().list())
                    .allSatisfy(pod -> assertThat(new PodView(pod).changed())
                            .as("the apiserver's own clock")
                            .hasValueSatisfying(
                                    time -> assertThat(time).isCloseTo(Instant.now(), within(1, ChronoUnit.MINUTES))));
            assertThat(chars(jobs.getStore().list()) / count).isLessThan(2_000);
            assertThat(chars(pods.getStore().list()) / count).isLessThan(4_000);

            // The same through a watch.
            finish(create("late"));
            await().atMost(SOON)
                    .until(() -> jobs.getStore().getByKey(namespace + "/late") != null
                            && jobs.getStore().getByKey(namespace + "/late").getStatus() != null);
            assertThat(chars(List.of(jobs.getStore().getByKey(namespace + "/late"))))
                    .isLessThan(2_000);
        }
        assertThat(chars(List.of(stored("job-1")))).isGreaterThan(130_000);
    }

    @Test
    void aJobRunsWithAllOfItsPromptAndEndsAsItShould() throws Exception {
        ClaudeJobOperator operator = operator();
        try {
            create("whole");
            await().atMost(SOON)
                    .until(() -> pods().size() == 1
                            && pods().getFirst().getSpec().getSchedulingGates().isEmpty());
            Pod pod = pods().getFirst();
            assertThat(pod.getMetadata().getAnnotations()).containsEntry(PodNames.PROMPT_ANNOTATION, PROMPT);
            assertThat(pod.getSpec().getVolumes()).isNotEmpty();
            assertThat(pod.getSpec().getContainers().getFirst().getEnv()).isNotEmpty();
            ClaudeJob started = stored("whole");
            assertThat(started.getSpec().prompt()).isEqualTo(PROMPT);
            assertThat(started.getMetadata().getAnnotations()).containsEntry(LAST_APPLIED, PROMPT);

            patch("whole", "{\"spec\":{\"cancel\":true}}");
            await().atMost(SOON).until(() -> stored("whole").getStatus().phase() == Phase.Cancelled);
            await().atMost(SOON).until(() -> pods().isEmpty());
            ClaudeJob ended = stored("whole");
            assertThat(ended.getSpec().prompt()).isEqualTo(PROMPT);
            assertThat(ended.getMetadata().getAnnotations()).containsEntry(LAST_APPLIED, PROMPT);
        } finally {
            operator.stop();
        }
    }

    @Test
    void theLastWriteOfAFinishedJobChangesNothingElseOfIt() throws Exception {
        ClaudeJob before = finish(create("done-" + UUID.randomUUID().toString().substring(0, 8)));
        String name = before.getMetadata().getName();
        ClaudeJobOperator operator = operator();
        try {
            patch(name, "{\"spec\":{\"ttlSecondsAfterFinished\":30000000}}");
            await().atMost(SOON)
                    .until(() -> stored(name).getStatus().observedGeneration(), generation -> generation == 2);
            ClaudeJob after = stored(name);
            assertThat(after.getSpec().prompt()).isEqualTo(PROMPT);
            assertThat(after.getSpec().agent()).isEqualTo(before.getSpec().agent());
            assertThat(after.getMetadata().getAnnotations()).containsEntry(LAST_APPLIED, PROMPT);
            assertThat(after.getMetadata().getManagedFields()).isNotEmpty();
            assertThat(after.getStatus().result()).isEqualTo(before.getStatus().result());
        } finally {
            operator.stop();
        }
    }

    private void patch(String name, String json) {
        client.resources(ClaudeJob.class)
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), json);
    }
}
