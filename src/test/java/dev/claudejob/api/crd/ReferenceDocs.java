package dev.claudejob.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Writes {@code docs/reference/} from the CustomResourceDefinitions: a section for each object with a row for each of its
 * fields. A field of a Kubernetes type is one section with all that is below it, for those who know it from Pods.
 */
final class ReferenceDocs {
    private static final String HEADER = """
            # ${kind} reference

            `apiVersion: claudejob.dev/v1alpha1`, `kind: ${kind}`. Also `kubectl explain ${plain}.spec`.

            A field in **bold** is required. Rules and bounds are enforced by the Kubernetes API server when a ${word} is created or
            changed; each says what is wrong. A field that is not listed is refused by `kubectl apply`.

            <!-- Generated from the CRD by CrdGoldenTest; `make generate` rewrites it. -->
            """;

    private final StringBuilder out = new StringBuilder();

    private ReferenceDocs() {}

    static String of(String kind, ObjectNode schema) {
        ReferenceDocs docs = new ReferenceDocs();
        String plain = kind.toLowerCase(Locale.ROOT);
        docs.out.append(HEADER.replace("${kind}", kind)
                .replace("${plain}", plain)
                .replace("${word}", plain.substring("claude".length())));
        docs.section("The whole object", "", schema);
        return docs.out.toString();
    }

    private void section(String title, String path, ObjectNode object) {
        out.append("\n## ").append(title).append("\n\n");
        paragraph(text(object));
        List<String> rules = rules(object);
        if (!rules.isEmpty()) {
            out.append("Rules:\n");
            rules.forEach(rule -> out.append("- ").append(rule).append('\n'));
            out.append('\n');
        }
        Map<String, ObjectNode> below = new TreeMap<>();
        table(fields(path, object, below));
        below.forEach((field, schema) -> section('`' + field + '`', field, schema));
    }

    /** The rows of an object's fields; the objects among them that get a section of their own are added to {@code below}. */
    private static List<String> fields(String path, ObjectNode object, Map<String, ObjectNode> below) {
        List<String> rows = new ArrayList<>();
        for (String name :
                Schemas.names(object.path("properties")).stream().sorted().toList()) {
            ObjectNode field = (ObjectNode) object.path("properties").get(name);
            String fieldPath = path.isEmpty() ? name : path + "." + name;
            rows.add(row(name, field, required(object, name)));
            items(fieldPath, field).forEach((itemPath, item) -> {
                if (CrdGenerator.isKubernetesType(path)) {
                    fields(itemPath, item, below).forEach(row -> rows.add(nested(name, itemPath, fieldPath, row)));
                } else {
                    below.put(itemPath, item);
                }
            });
        }
        return rows;
    }

    private static String nested(String name, String itemPath, String fieldPath, String row) {
        String prefix = name + itemPath.substring(fieldPath.length()) + ".";
        return row.replaceFirst("`", "`" + prefix.replace("$", "\\$"));
    }

    /** The object with fields that a field holds, if any: itself, a list's item or a map's value. */
    private static Map<String, ObjectNode> items(String path, ObjectNode field) {
        if (field.path("items") instanceof ObjectNode items) {
            return items(path + "[]", items);
        }
        if (field.path("additionalProperties") instanceof ObjectNode values) {
            return items(path + "{}", values);
        }
        return field.path("properties").isEmpty() ? Map.of() : Map.of(path, field);
    }

    private void table(List<String> rows) {
        if (!rows.isEmpty()) {
            out.append("| field | type | default | description |\n|---|---|---|---|\n");
            rows.forEach(row -> out.append(row).append('\n'));
        }
    }

    private void paragraph(String text) {
        if (!text.isEmpty()) {
            out.append(text).append("\n\n");
        }
    }

    private static String row(String name, ObjectNode field, boolean required) {
        String label = required ? "**`" + name + "`**" : "`" + name + "`";
        String standard =
                field.path("default").isValueNode() ? '`' + field.get("default").asText() + '`' : "";
        List<String> sentences = new ArrayList<>(List.of(text(field)));
        String bounds = bounds(field);
        if (!bounds.isEmpty()) {
            sentences.add(bounds + ".");
        }
        if (items("", field).isEmpty() || field.path("type").asText().equals("array")) {
            rules(field).forEach(rule -> sentences.add("Rule: " + rule + "."));
        }
        return "| %s | %s | %s | %s |".formatted(label, type(field), standard, String.join(" ", sentences));
    }

    private static String type(ObjectNode field) {
        if (field.has("enum")) {
            return StreamSupport.stream(field.get("enum").spliterator(), false)
                    .map(value -> '`' + value.asText() + '`')
                    .collect(Collectors.joining(", "));
        }
        if (field.path("x-kubernetes-int-or-string").asBoolean()) {
            return "quantity";
        }
        if (field.path("items") instanceof ObjectNode items) {
            return "list of " + type(items);
        }
        if (field.path("additionalProperties") instanceof ObjectNode values) {
            return "map of " + type(values);
        }
        if (field.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
            return "any JSON object";
        }
        return field.path("format").asText().equals("date-time")
                ? "time"
                : field.path("type").asText();
    }

    private static String bounds(ObjectNode field) {
        List<String> bounds = new ArrayList<>();
        range(field, "minimum", "maximum", "", bounds);
        range(field, "minLength", "maxLength", " characters", bounds);
        range(field, "minItems", "maxItems", " items", bounds);
        range(field, "minProperties", "maxProperties", " entries", bounds);
        if (field.path("items").has("maxLength")) {
            bounds.add("each at most " + field.path("items").get("maxLength").asText() + " characters");
        }
        return String.join(", ", bounds);
    }

    private static void range(ObjectNode field, String minimum, String maximum, String unit, List<String> bounds) {
        JsonNode low = field.path(minimum);
        JsonNode high = field.path(maximum);
        if (!low.isMissingNode() && !high.isMissingNode()) {
            bounds.add(low.asText() + " to " + high.asText() + unit);
        } else if (!low.isMissingNode()) {
            bounds.add("At least " + low.asText() + unit);
        } else if (!high.isMissingNode()) {
            bounds.add("At most " + high.asText() + unit);
        }
    }

    private static List<String> rules(ObjectNode field) {
        return field.path("x-kubernetes-validations").findValuesAsText("message").stream()
                .map(ReferenceDocs::escape)
                .toList();
    }

    private static boolean required(ObjectNode object, String name) {
        return StreamSupport.stream(object.path("required").spliterator(), false)
                .anyMatch(required -> required.asText().equals(name));
    }

    private static String text(ObjectNode schema) {
        return escape(schema.path("description").asText());
    }

    private static String escape(String text) {
        return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;").replace(">", "&gt;");
    }
}
