package dev.claudejob.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Ways through a structural schema. A path names a field as a user would: {@code spec.template.volumes[].name}, where {@code []} is
 * an item of a list and {@code {}} a value of a map. The root's path is empty.
 */
final class Schemas {
    private Schemas() {}

    /** The schema at a path. */
    static ObjectNode at(ObjectNode root, String path) {
        ObjectNode schema = root;
        for (String step : path.replace("[]", ".[]").replace("{}", ".{}").split("\\.")) {
            JsonNode next = switch (step) {
                case "" -> schema;
                case "[]" -> schema.path("items");
                case "{}" -> schema.path("additionalProperties");
                default -> schema.path("properties").path(step);
            };
            if (!(next instanceof ObjectNode found)) {
                throw new IllegalArgumentException("no '" + step + "' on the way to " + path);
            }
            schema = found;
        }
        return schema;
    }

    /** Shows every schema of a tree to a visitor, with its path, parents before children. */
    static void walk(ObjectNode root, BiConsumer<String, ObjectNode> visitor) {
        walk("", root, visitor);
    }

    /** The names of an object's fields, in order; a copy, so that fields may be removed meanwhile. */
    static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void walk(String path, ObjectNode schema, BiConsumer<String, ObjectNode> visitor) {
        visitor.accept(path, schema);
        if (schema.path("items") instanceof ObjectNode items) {
            walk(path + "[]", items, visitor);
        }
        if (schema.path("additionalProperties") instanceof ObjectNode values) {
            walk(path + "{}", values, visitor);
        }
        JsonNode properties = schema.path("properties");
        for (String name : names(properties)) {
            if (properties.get(name) instanceof ObjectNode property) {
                walk(path.isEmpty() ? name : path + "." + name, property, visitor);
            }
        }
    }
}
