package dev.claudejob.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The schemas of the Kubernetes types that a job's template takes, as a kube-apiserver publishes them at
 * {@code /openapi/v3/api/v1}. The client library's classes bring no descriptions, and fields that this apiserver does not know.
 *
 * <p>The extract lies in {@code kubernetes-types.json}. {@code KubernetesTypesIT} compares it with a real apiserver's, and
 * {@code -DupdateGolden=true} rewrites it.
 */
final class KubernetesTypes {
    static final String CORE = "io.k8s.api.core.v1.";

    /** The types that the template's fields are of. */
    private static final List<String> WANTED = List.of(
            "ResourceRequirements",
            "Toleration",
            "Affinity",
            "TopologySpreadConstraint",
            "LocalObjectReference",
            "EmptyDirVolumeSource",
            "ConfigMapVolumeSource",
            "PersistentVolumeClaimVolumeSource",
            "EphemeralVolumeSource");

    /** What a job may not set, by type: it would name another namespace or a claim's owner, or needs a Pod field that we don't offer. */
    private static final Map<String, Set<String>> LEFT_OUT = Map.of(
            CORE + "ResourceRequirements", Set.of("claims"),
            CORE + "PodAffinityTerm", Set.of("namespaces", "namespaceSelector"),
            CORE + "PersistentVolumeClaimSpec",
                    Set.of("dataSourceRef", "selector", "volumeName", "volumeAttributesClassName"));

    /** A claim's metadata is the user's in these only: the rest belongs to the apiserver and to controllers. */
    private static final String OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    private static final Set<String> METADATA = Set.of("labels", "annotations");

    private static final String QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";

    /** What Kubernetes parses, with an exponent of at most two digits: the rest would be refused only when the Pod is made. */
    private static final String QUANTITY_PATTERN =
            "^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$";

    /** Keywords of the published schemas that a CRD's schema has no use for; a default there is only Go's zero value. */
    private static final Set<String> DROPPED_KEYWORDS =
            Set.of("default", "x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy");

    /** A sentence's end: not that of e.g. or i.e. */
    private static final Pattern SENTENCE_END = Pattern.compile("(?<!\\be\\.g)(?<!\\bi\\.e)\\.\\s|\\n\\n");

    private final ObjectNode types;

    private KubernetesTypes(ObjectNode types) {
        this.types = types;
    }

    /** The committed extract. */
    static KubernetesTypes committed() {
        try (InputStream in = KubernetesTypes.class.getResourceAsStream("kubernetes-types.json")) {
            return new KubernetesTypes((ObjectNode) new ObjectMapper().readTree(Objects.requireNonNull(in)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The extract of what an apiserver publishes: {@code openApi} is its {@code /openapi/v3/api/v1}. */
    static KubernetesTypes of(JsonNode openApi) {
        Map<String, JsonNode> found = new TreeMap<>();
        WANTED.forEach(type -> collect(CORE + type, openApi.path("components").path("schemas"), found));
        ObjectNode types = new ObjectMapper().createObjectNode();
        types.setAll(found);
        return new KubernetesTypes(types);
    }

    /** The extract as a file's text. */
    String json() {
        return CrdYaml.sorted(types).toPrettyString() + "\n";
    }

    /** A structural schema of a core/v1 type, complete in itself. The caller may change it. */
    ObjectNode schema(String type) {
        return resolve((ObjectNode) types.required(CORE + type));
    }

    private static void collect(String type, JsonNode schemas, Map<String, JsonNode> found) {
        if (type.equals(QUANTITY) || found.containsKey(type)) {
            return;
        }
        ObjectNode schema = schemas.required(type).deepCopy();
        found.put(type, schema);
        if (schema.get("properties") instanceof ObjectNode properties) {
            properties.remove(LEFT_OUT.getOrDefault(type, Set.of()));
            if (type.equals(OBJECT_META)) {
                properties.retain(METADATA);
            }
        }
        shorten(schema);
        schema.findValuesAsText("$ref").forEach(ref -> collect(target(ref), schemas, found));
    }

    private static void shorten(JsonNode node) {
        if (node instanceof ObjectNode object) {
            if (object.path("description").isTextual()) {
                object.put(
                        "description", firstSentence(object.get("description").asText()));
            }
            object.remove(DROPPED_KEYWORDS);
        }
        node.forEach(KubernetesTypes::shorten);
    }

    private static String firstSentence(String description) {
        Matcher end = SENTENCE_END.matcher(description);
        String sentence = (end.find() ? description.substring(0, end.start()) : description).strip();
        return (sentence.endsWith(".") ? sentence : sentence + ".").replaceAll("\\s+", " ");
    }

    private ObjectNode resolve(ObjectNode schema) {
        ObjectNode resolved = schema.objectNode();
        schema.properties().forEach(keyword -> {
            switch (keyword.getKey()) {
                case "$ref" -> resolved.setAll(referenced(keyword.getValue().asText()));
                // The only allOf here is one reference with a description beside it, which is the better description.
                case "allOf" ->
                    resolved.setAll(resolve((ObjectNode) keyword.getValue().required(0)));
                case "properties" -> {
                    ObjectNode properties = resolved.putObject("properties");
                    keyword.getValue()
                            .properties()
                            .forEach(p -> properties.set(p.getKey(), resolve((ObjectNode) p.getValue())));
                }
                case "items", "additionalProperties" ->
                    resolved.set(keyword.getKey(), resolve((ObjectNode) keyword.getValue()));
                default -> {}
            }
        });
        schema.properties().stream()
                .filter(keyword -> !Set.of("$ref", "allOf", "properties", "items", "additionalProperties")
                        .contains(keyword.getKey()))
                .forEach(keyword -> resolved.set(keyword.getKey(), keyword.getValue()));
        return resolved;
    }

    private ObjectNode referenced(String ref) {
        return target(ref).equals(QUANTITY) ? quantity() : resolve((ObjectNode) types.required(target(ref)));
    }

    private ObjectNode quantity() {
        return types.objectNode().put("pattern", QUANTITY_PATTERN).put("x-kubernetes-int-or-string", true);
    }

    private static String target(String ref) {
        return ref.substring(ref.lastIndexOf('/') + 1);
    }
}
