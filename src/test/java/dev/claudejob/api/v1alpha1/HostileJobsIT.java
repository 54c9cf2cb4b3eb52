package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.testing.ApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the apiserver stores, the operator must be able to read: it lists everybody's jobs in one request. */
class HostileJobsIT {
    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();

    /** kubectl refuses more than 10000 levels, and so does the apiserver. */
    @ParameterizedTest
    @ValueSource(ints = {1_200, 9_980})
    void aJobThatIsNestedAsDeepAsCanBeIsListed(int depth) {
        post("{\"agent\":{\"outputSchema\":" + "{\"a\":".repeat(depth) + "1" + "}".repeat(depth) + "},");
        assertThat(jobs()).hasSize(1);
    }

    @Test
    void aJobWithAnEndlessNameIsListed() {
        String name = "n".repeat(100_000);
        post("{\"agent\":{\"outputSchema\":{\"" + name + "\":1}},\"template\":{\"nodeSelector\":{\"" + name
                + "\":\"\"}},");
        assertThat(jobs()).hasSize(1);
    }

    @Test
    void everyAcceptedJobIsReadAsWhatItIs() {
        List<GenericKubernetesResource> accepted = Manifests.of("accepted").stream()
                .map(Manifests.Manifest::document)
                .toList();
        for (int i = 0; i < accepted.size(); i++) {
            accepted.get(i).getMetadata().setName("job-" + i);
            client.resource(accepted.get(i)).inNamespace(namespace).create();
        }
        assertThat(jobs())
                .hasSameSizeAs(accepted)
                .allSatisfy(job -> assertThat(job.getSpec())
                        .isEqualTo(
                                client.getKubernetesSerialization().clone(job).getSpec()));
    }

    /** CEL has a budget at run time too. */
    @Test
    void aJobAsLargeAsTheApiserverStoresCanStillBeCancelled() {
        GenericKubernetesResource job =
                Manifests.one("accepted", "agent-with-everything").document();
        Map<String, Object> agent = job.get("spec", "agent");
        agent.put(
                "env",
                IntStream.range(0, 36)
                        .mapToObj(i -> Map.of("name", "A" + i, "value", "x".repeat(32_768)))
                        .toList());
        GenericKubernetesResource stored =
                client.resource(job).inNamespace(namespace).create();
        stored.setAdditionalProperty("status", Map.of("attempt", 1));
        stored = client.resource(stored).inNamespace(namespace).updateStatus();
        Map<String, Object> spec = new HashMap<>(stored.<Map<String, Object>>get("spec"));
        spec.put("cancel", true);
        stored.setAdditionalProperty("spec", spec);

        client.resource(stored).inNamespace(namespace).update();

        assertThat(jobs())
                .singleElement()
                .satisfies(cancelled ->
                        assertThat(cancelled.getSpec().cancelRequested()).isTrue());
    }

    private List<ClaudeJob> jobs() {
        return client.resources(ClaudeJob.class).inNamespace(namespace).list().getItems();
    }

    /** As text, because a client of Java's would not write it. */
    private void post(String beginningOfSpec) {
        client.raw(
                "/apis/claudejob.dev/v1alpha1/namespaces/" + namespace + "/claudejobs",
                "POST",
                "{\"apiVersion\":\"claudejob.dev/v1alpha1\",\"kind\":\"ClaudeJob\",\"metadata\":{\"name\":\"hostile\"},\"spec\":"
                        + beginningOfSpec
                        + "\"prompt\":\"x\",\"credentials\":[{\"apiKey\":{\"secretKeyRef\":{\"name\":\"a\",\"key\":\"b\"}}}]}}");
    }
}
