package dev.claudejob.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CrdGoldenTest {
    private static final String CRD = "crds/claudejobs.claudejob.dev-v1.yaml";

    private final ObjectNode crd = CrdGenerator.generate();
    private final ObjectNode schema = (ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema");

    @Test
    void theCommittedCrdIsWhatTheTypesSay() {
        Golden.check(CRD, CrdYaml.write(crd));
    }

    @Test
    void theCommittedReferenceIsWhatTheCrdSays() {
        Golden.check("docs/reference/claudejob.md", ReferenceDocs.of(schema));
    }

    @Test
    void theYamlSaysWhatWasGenerated() throws Exception {
        JsonNode read = new YAMLMapper().readTree(CrdYaml.write(crd));
        assertThat(read.toPrettyString()).isEqualTo(CrdYaml.sorted(crd).toPrettyString());
    }

    /** `kubectl apply` keeps a copy of the object in an annotation, and the apiserver refuses more than 256 KiB of annotations. */
    @Test
    void theCrdFitsIntoTheAnnotationOfKubectlApply() {
        assertThat(CrdYaml.write(crd).getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(200 * 1024);
    }

    @Test
    void everyFieldHasADescription() {
        List<String> without = new ArrayList<>();
        Schemas.walk(schema, (path, field) -> {
            if (field.path("description").asText().isBlank() && !path.endsWith("[]") && !path.endsWith("{}")) {
                without.add(path);
            }
        });
        assertThat(without).isEmpty();
    }

    @Test
    void everythingTheUserWritesIsBounded() {
        List<String> unbounded = new ArrayList<>();
        Schemas.walk(Schemas.at(schema, "spec"), (path, field) -> {
            boolean bounded = switch (field.path("type").asText()) {
                case "string" -> field.has("maxLength") || field.has("enum");
                case "array" -> field.has("maxItems");
                case "object" -> !field.has("additionalProperties") || field.has("maxProperties");
                default -> true;
            };
            if (!bounded) {
                unbounded.add(path);
            }
        });
        assertThat(unbounded).isEmpty();
    }
}
