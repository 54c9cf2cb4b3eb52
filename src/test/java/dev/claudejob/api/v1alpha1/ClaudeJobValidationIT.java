package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.Manifests.Manifest;
import dev.claudejob.testing.ApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kube-apiserver takes and refuses, and whether it says why. */
class ClaudeJobValidationIT {
    private static final String IMMUTABLE = "once an attempt is on record";

    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();

    static List<Manifest> refused() {
        return Manifests.of("refused");
    }

    static List<Manifest> accepted() {
        return Manifests.of("accepted");
    }

    static List<Manifest> refusedUpdates() {
        return Manifests.of("refused-updates");
    }

    static List<Manifest> acceptedUpdates() {
        return Manifests.of("accepted-updates");
    }

    static List<Manifest> updatesOfWhatAnAttemptFixes() {
        return refusedUpdates().stream()
                .filter(manifest -> manifest.expected().contains(IMMUTABLE))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aWrongJobIsRefusedForTheOneReasonThatItIsWrong(Manifest manifest) {
        assertThat(reasons(() -> create(manifest.document())))
                .as(manifest.name())
                .singleElement(STRING)
                .contains(manifest.expected());
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void aRightJobIsAcceptedAndComesBackAsItWasWritten(Manifest manifest) {
        GenericKubernetesResource written = manifest.document();
        GenericKubernetesResource stored = create(written);

        Map<String, Object> spec = stored.get("spec");
        assertThat(spec).containsAllEntriesOf(written.get("spec"));
        assertThat(spec).containsKey("credentialDelivery");
    }

    @ParameterizedTest
    @MethodSource("refusedUpdates")
    void aWrongUpdateIsRefusedForTheOneReasonThatItIsWrong(Manifest manifest) {
        create(manifest.document());
        recordAnAttempt(manifest.document());
        assertThat(reasons(() -> update(manifest.documents().get(1))))
                .as(manifest.name())
                .singleElement(STRING)
                .contains(manifest.expected());
    }

    @ParameterizedTest
    @MethodSource("updatesOfWhatAnAttemptFixes")
    void whatAnAttemptFixesMayChangeBeforeOne(Manifest manifest) {
        create(manifest.document());
        update(manifest.documents().get(1));
    }

    @ParameterizedTest
    @MethodSource("acceptedUpdates")
    void theRestMayChangeAfterAnAttempt(Manifest manifest) {
        create(manifest.document());
        recordAnAttempt(manifest.document());
        update(manifest.documents().get(1));
    }

    /** A rule without a refused manifest is a rule that nobody knows to work. */
    @Test
    void everyRuleOfTheCrdRefusesSomeManifest() throws IOException {
        JsonNode crd = new YAMLMapper()
                .readTree(Path.of("crds/claudejobs.claudejob.dev-v1.yaml").toFile());
        List<String> messages = crd.findValues("x-kubernetes-validations").stream()
                .flatMap(rules -> rules.findValuesAsText("message").stream())
                .distinct()
                .toList();
        List<String> expected = Stream.concat(refused().stream(), refusedUpdates().stream())
                .map(Manifest::expected)
                .toList();

        assertThat(messages)
                .hasSizeGreaterThan(30)
                .allSatisfy(message -> assertThat(expected).anyMatch(message::contains));
    }

    @Test
    void anArgumentThatNoCommandLineCouldCarryIsRefused() {
        GenericKubernetesResource job =
                Manifests.one("accepted", "agent-with-everything").document();
        Map<String, Object> agent = job.get("spec", "agent");
        agent.put("appendSystemPrompt", "x".repeat(30_001));
        assertThat(reasons(() -> create(job))).singleElement(STRING).contains("may not be more than 30000");
    }

    @Test
    void aPromptThatNoStatusSizedObjectShouldCarryIsRefused() {
        GenericKubernetesResource job = Manifests.one("accepted", "times").document();
        Map<String, Object> spec = job.get("spec");
        spec.put("prompt", "x".repeat(60_001));
        assertThat(reasons(() -> create(job))).singleElement(STRING).contains("may not be more than 60000");
        spec.put("prompt", "x".repeat(60_000));
        create(job);
    }

    @Test
    void aNullIsAsIfTheFieldWereAbsent() {
        GenericKubernetesResource job = Manifests.one("accepted", "times").document();
        Map<String, Object> spec = job.get("spec");
        spec.put("promptFrom", null);
        spec.put("model", null);
        Map<String, Object> stored = create(job).get("spec");
        assertThat(stored).doesNotContainKeys("promptFrom", "model");
    }

    private GenericKubernetesResource create(GenericKubernetesResource job) {
        return in(job).fieldValidation(Validation.STRICT).create();
    }

    private void update(GenericKubernetesResource job) {
        in(job).fieldValidation(Validation.STRICT).update();
    }

    private void recordAnAttempt(GenericKubernetesResource job) {
        GenericKubernetesResource stored = in(job).get();
        stored.setAdditionalProperty("status", Map.of("attempt", 1));
        in(stored).updateStatus();
    }

    private Resource<GenericKubernetesResource> in(GenericKubernetesResource job) {
        return client.resource(job).inNamespace(namespace);
    }

    /** Why the apiserver refuses; empty if it does not. */
    private static List<String> reasons(Runnable call) {
        KubernetesClientException refusal = catchThrowableOfType(KubernetesClientException.class, call::run);
        if (refusal == null) {
            return List.of();
        }
        Status status = refusal.getStatus();
        if (status.getDetails() == null || status.getDetails().getCauses().isEmpty()) {
            return List.of(status.getMessage());
        }
        return status.getDetails().getCauses().stream()
                .map(ClaudeJobValidationIT::reason)
                .filter(reason -> !reason.contains("some validation rules were not checked"))
                .toList();
    }

    private static String reason(StatusCause cause) {
        return cause.getField() + ": " + cause.getMessage();
    }
}
