package dev.claudejob.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CrdGoldenTest {
    enum Kind {
        ClaudeJob(CrdGenerator.generate()),
        ClaudeCredential(CrdGenerator.generateCredential());

        private final ObjectNode crd;

        Kind(ObjectNode crd) {
            this.crd = crd;
        }

        String file() {
            return "crds/" + crd.at("/metadata/name").asText() + "-v1.yaml";
        }

        ObjectNode schema() {
            return (ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema");
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCommittedCrdIsWhatTheTypesSay(Kind kind) {
        Golden.check(kind.file(), CrdYaml.write(kind.crd));
    }

    @ParameterizedTest
    @EnumSource
    void theCommittedReferenceIsWhatTheCrdSays(Kind kind) {
        Golden.check(
                "docs/reference/" + kind.name().toLowerCase(Locale.ROOT) + ".md",
                ReferenceDocs.of(kind.name(), kind.schema()));
    }

    @ParameterizedTest
    @EnumSource
    void theYamlSaysWhatWasGenerated(Kind kind) throws Exception {
        JsonNode read = new YAMLMapper().readTree(CrdYaml.write(kind.crd));
        assertThat(read.toPrettyString()).isEqualTo(CrdYaml.sorted(kind.crd).toPrettyString());
    }

    /** `kubectl apply` keeps a copy of the object in an annotation, and the apiserver refuses more than 256 KiB of annotations. */
    @ParameterizedTest
    @EnumSource
    void theCrdFitsIntoTheAnnotationOfKubectlApply(Kind kind) {
        assertThat(CrdYaml.write(kind.crd).getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(200 * 1024);
    }

    @ParameterizedTest
    @EnumSource
    void everyFieldHasADescription(Kind kind) {
        List<String> without = new ArrayList<>();
        Schemas.walk(kind.schema(), (path, field) -> {
            if (field.path("description").asText().isBlank() && !path.endsWith("[]") && !path.endsWith("{}")) {
                without.add(path);
            }
        });
        assertThat(without).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everythingTheUserWritesIsBounded(Kind kind) {
        List<String> unbounded = new ArrayList<>();
        Schemas.walk(Schemas.at(kind.schema(), "spec"), (path, field) -> {
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
