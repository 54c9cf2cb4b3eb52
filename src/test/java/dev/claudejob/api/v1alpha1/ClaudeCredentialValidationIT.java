package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.Manifests.Manifest;
import dev.claudejob.testing.ApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClaudeCredentialValidationIT {
    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();

    static List<Manifest> refused() {
        return Manifests.of("credentials/refused");
    }

    static List<Manifest> accepted() {
        return Manifests.of("credentials/accepted");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aWrongCredentialIsRefusedAndToldWhy(Manifest manifest) {
        assertThatThrownBy(() -> create(manifest.document())).hasMessageContaining(manifest.expected());
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void aRightCredentialIsAcceptedAsItWasWrittenAndRead(Manifest manifest) {
        GenericKubernetesResource stored = create(manifest.document());
        Map<String, Object> spec = stored.get("spec");
        assertThat(spec).isEqualTo(manifest.document().get("spec"));
        ClaudeCredential read = client.resources(ClaudeCredential.class)
                .inNamespace(namespace)
                .withName(stored.getMetadata().getName())
                .get();
        assertThat(read.getSpec().asListedBy("x").unresolved()).isFalse();
    }

    /** A rule without a refused manifest is a rule that nobody knows to work; those of the kinds themselves are tried as a job's. */
    @Test
    void everyRuleRefusesSomeManifest() throws IOException {
        JsonNode crd = new YAMLMapper()
                .readTree(
                        Path.of("crds/claudecredentials.claudejob.dev-v1.yaml").toFile());
        List<String> messages = crd.findValues("x-kubernetes-validations").stream()
                .flatMap(rules -> rules.findValuesAsText("message").stream())
                .distinct()
                .toList();
        assertThat(messages)
                .hasSizeGreaterThan(3)
                .allSatisfy(message -> assertThat(Stream.concat(refused().stream(), Manifests.of("refused").stream())
                                .map(Manifest::expected))
                        .anyMatch(message::contains));
    }

    private GenericKubernetesResource create(GenericKubernetesResource credential) {
        return client.resource(credential)
                .inNamespace(namespace)
                .fieldValidation(Validation.STRICT)
                .create();
    }
}
