package dev.claudejob.api.crd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;

/** Writes a CustomResourceDefinition so that a change of the types makes a small, readable change of the file. */
final class CrdYaml {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    private CrdYaml() {}

    static String write(ObjectNode crd) {
        try {
            return "# Generated from src/main/java/dev/claudejob/api by CrdGoldenTest; `make generate` rewrites it.\n"
                    + YAML.writeValueAsString(sorted(crd));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same with the fields of every object sorted by name. */
    static JsonNode sorted(JsonNode node) {
        if (node.isArray()) {
            var sorted = YAML.createArrayNode();
            node.forEach(item -> sorted.add(sorted(item)));
            return sorted;
        }
        if (node.isObject()) {
            ObjectNode sorted = YAML.createObjectNode();
            Schemas.names(node).stream().sorted().forEach(name -> sorted.set(name, sorted(node.get(name))));
            return sorted;
        }
        return node;
    }
}
