package dev.claudejob.api.crd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.claudejob.api.crd.ObjectReferences.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdmissionPolicyGoldenTest {
    private final ObjectNode crd = CrdGenerator.generate();
    private final ObjectNode spec = Schemas.at((ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema"), "spec");

    @Test
    void theChartsPolicyIsWhatTheCrdAsksFor() {
        Golden.check("charts/claudejob/files/admission/claudejobs.yaml", AdmissionPolicy.of(crd));
    }

    @Test
    void whoeverMakesAClaudeCredentialMayNameOnlySecretsThatTheyMayGet() {
        String policy = AdmissionPolicy.of(CrdGenerator.generateCredential());

        Golden.check("charts/claudejob/files/admission/claudecredentials.yaml", policy);
        assertThat(policy)
                .contains("object.spec.?oauthToken.?secretKeyRef.?name")
                .contains("object.spec.?bedrock.?accessKeys.?secretAccessKey.?name");
    }

    @Test
    void everySecretThatAJobCanNameIsAskedAbout() {
        List<String> secrets = ObjectReferences.of(spec).entrySet().stream()
                .filter(reference -> reference.getValue() == Kind.SECRET)
                .map(java.util.Map.Entry::getKey)
                .toList();

        assertThat(secrets)
                .contains(
                        "promptFrom.secretKeyRef.name",
                        "credentials[].oauthToken.secretKeyRef.name",
                        "credentials[].apiKey.secretKeyRef.name",
                        "agent.env[].valueFrom.secretKeyRef.name",
                        "template.imagePullSecrets[].name");
        String policy = AdmissionPolicy.of(crd);
        assertThat(secrets)
                .allSatisfy(path -> assertThat(policy)
                        .contains(path.substring(path.lastIndexOf("[]") + 1)
                                .replaceFirst("^]\\.?", "")
                                .replace(".", ".?")));
    }

    @Test
    void aKeyOfASecretIsKnownByItsShapeWhateverItIsCalled() {
        ObjectNode accessKey = addObject("accessKeyID");
        accessKey.putObject("name").put("type", "string");
        accessKey.putObject("key").put("type", "string");

        assertThat(ObjectReferences.of(spec)).containsEntry("accessKeyID.name", Kind.SECRET);
        assertThat(AdmissionPolicy.of(crd)).contains("[object.spec.?accessKeyID.?name.orValue('')]");
    }

    @Test
    void aNewFieldThatNamesSomethingMustBeExplained() {
        addObject("cloudRef").putObject("name").put("type", "string");

        assertThatThrownBy(() -> AdmissionPolicy.of(crd))
                .hasMessageContaining("spec.cloudRef.name looks like the name of an object");
    }

    @Test
    void aNewFieldOfTheSpecCannotBeChangedUnasked() {
        ((ObjectNode) spec.get("properties")).putObject("novelty").put("type", "string");

        assertThat(AdmissionPolicy.of(crd)).contains("|| object.spec.?novelty != oldObject.spec.?novelty");
    }

    private ObjectNode addObject(String name) {
        ObjectNode added = ((ObjectNode) spec.get("properties")).putObject(name).put("type", "object");
        return added.putObject("properties");
    }
}
