package dev.claudejob.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuotaSpecBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** What users do with their jobs, and see of them, in one namespace of a real apiserver. */
public record JobsOfANamespace(KubernetesClient client, String namespace) {
    private static final String CREDENTIALS = "[{oauthToken: {secretKeyRef: {name: claude, key: token}}}]";

    /** Looks often, and waits for longer than anything takes. */
    public static ConditionFactory eventually() {
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(30));
    }

    /** Creates a job with one more field of its spec, in a line of YAML; empty for none. */
    public ClaudeJob create(String name, String field) {
        return create(name, CREDENTIALS, field);
    }

    /** The same, with these credentials. */
    public ClaudeJob create(String name, String credentials, String field) {
        return client.resource(client.getKubernetesSerialization()
                        .unmarshal("""
                apiVersion: claudejob.dev/v1alpha1
                kind: ClaudeJob
                metadata: {name: %s, namespace: %s}
                spec:
                  prompt: Say hello.
                  credentials: %s
                  %s
                """.formatted(name, namespace, credentials, field), ClaudeJob.class))
                .create();
    }

    /** Merges JSON into a job's spec. */
    public ClaudeJob patch(ClaudeJob job, String spec) {
        return client.resource(job).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":" + spec + "}");
    }

    public ClaudeJob cancel(ClaudeJob job) {
        return patch(job, "{\"cancel\":true}");
    }

    /** Null when the job is gone. */
    public @Nullable ClaudeJobStatus status(ClaudeJob job) {
        ClaudeJob now = client.resource(job).get();
        return now == null ? null : now.getStatus();
    }

    public ClaudeJobStatus awaitStatus(ClaudeJob job, Predicate<ClaudeJobStatus> wanted) {
        return eventually().until(() -> status(job), s -> s != null && wanted.test(s));
    }

    public ClaudeJobStatus awaitPhase(ClaudeJob job, Phase phase) {
        return awaitStatus(job, s -> s.phase() == phase);
    }

    public ClaudeJobStatus awaitEnd(ClaudeJob job) {
        return awaitStatus(job, s -> s.phase().finished());
    }

    /** Those that have the operator's label. */
    public List<Pod> pods() {
        return client.pods()
                .inNamespace(namespace)
                .withLabelSelector(PodNames.POD_SELECTOR)
                .list()
                .getItems();
    }

    /** Of a namespace that has just one. */
    public Pod onlyPod() {
        List<Pod> pods = pods();
        assertThat(pods).hasSize(1);
        return pods.getFirst();
    }

    public void awaitNoPods() {
        eventually().until(() -> pods().isEmpty());
    }

    /**
     * A quota that admits no Pod. Its status is the work of a controller that isn't here: its part is played.
     *
     * @param scope which Pods it is for
     */
    public ResourceQuota quotaOfNone(Consumer<ResourceQuotaSpecBuilder> scope) {
        Map<String, Quantity> none = Map.of("pods", new Quantity("0"));
        ResourceQuotaSpecBuilder spec = new ResourceQuotaSpecBuilder().withHard(none);
        scope.accept(spec);
        ResourceQuota quota = client.resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("none")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withSpec(spec.build())
                        .build())
                .create();
        return client.resource(new ResourceQuotaBuilder(quota)
                        .withNewStatus()
                        .withHard(none)
                        .withUsed(none)
                        .endStatus()
                        .build())
                .updateStatus();
    }

    /** Waits until no Pod is held. */
    public void awaitReleased() {
        eventually()
                .until(() -> pods().stream()
                        .allMatch(pod -> pod.getMetadata().getFinalizers().isEmpty()));
    }
}
