package dev.claudejob.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Specs made from the CRD's schema alone: every field that it has, there or missing, with any value of its type. A field that is added to
 * the API is in them from that day on. Rules in CEL are not heeded, but for those that let exactly one of some fields be set. The seed
 * decides all.
 */
final class SchemaSpecs {
    private static final JsonNode SPEC = spec();

    private static final List<String> TEXTS = List.of(
            "a",
            "gateway",
            "0",
            "root",
            "/",
            "/var/run/docker.sock",
            "host",
            "ALL",
            "Unconfined",
            "$(HOME)",
            "privileged",
            "ünï 😀",
            "",
            "1Gi");

    /** What a parser that is too friendly could take for part of a Pod. */
    private static final Map<String, Object> HOSTILE = Map.of(
            "hostNetwork", true,
            "hostPath", Map.of("path", "/"),
            "securityContext", Map.of("privileged", true, "runAsUser", 0));

    /** Below it are Kubernetes' own types, which would be most of every spec. */
    private static final int FULL_DEPTH = 3;

    private final Random random;

    SchemaSpecs(long seed) {
        random = new Random(seed);
    }

    private static JsonNode spec() {
        try {
            return new YAMLMapper()
                    .readTree(Path.of("crds/claudejobs.claudejob.dev-v1.yaml").toFile())
                    .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<String, Object> next() {
        return object(SPEC, 0);
    }

    private Map<String, Object> object(JsonNode schema, int depth) {
        List<String> exclusive = exclusive(schema);
        String chosen = exclusive.isEmpty() ? null : pick(exclusive);
        List<String> required =
                schema.path("required").valueStream().map(JsonNode::asText).toList();
        Map<String, Object> fields = new LinkedHashMap<>();
        schema.path("properties").properties().forEach(property -> {
            String name = property.getKey();
            boolean wanted = exclusive.contains(name)
                    ? name.equals(chosen)
                    : required.contains(name) || random.nextInt(depth < FULL_DEPTH ? 2 : 4) == 0;
            if (wanted) {
                fields.put(name, value(property.getValue(), depth + 1));
            }
        });
        return fields;
    }

    /** The fields of which a rule says, in its message, that exactly one is to be set. */
    private static List<String> exclusive(JsonNode schema) {
        return schema.path("x-kubernetes-validations")
                .valueStream()
                .map(rule -> rule.path("message").asText())
                .filter(message -> message.contains("exactly one"))
                .flatMap(message -> Arrays.stream(message.split("[^A-Za-z]+")))
                .filter(word -> schema.path("properties").has(word))
                .distinct()
                .toList();
    }

    private @Nullable Object value(JsonNode schema, int depth) {
        if (schema.has("enum")) {
            return pick(schema.path("enum").valueStream().map(JsonNode::asText).toList());
        }
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            return pick(List.of("1", "100m", "2Gi"));
        }
        return switch (schema.path("type").asText()) {
            case "boolean" -> random.nextBoolean();
            case "integer" -> {
                long least = schema.path("minimum").asLong(0);
                long most = Math.min(schema.path("maximum").asLong(Integer.MAX_VALUE), Integer.MAX_VALUE);
                yield pick(List.of(least, most, Math.max(least, Math.min(1L, most))));
            }
            case "array" ->
                IntStream.range(0, schema.path("minItems").asInt() + random.nextInt(3))
                        .mapToObj(i -> value(schema.path("items"), depth))
                        .toList();
            case "object" -> {
                if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
                    yield HOSTILE;
                }
                yield schema.has("additionalProperties")
                        ? map(schema.path("additionalProperties"), depth)
                        : object(schema, depth);
            }
            default -> schema.path("x-kubernetes-preserve-unknown-fields").asBoolean() ? HOSTILE : pick(TEXTS);
        };
    }

    private Map<String, Object> map(JsonNode values, int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (String key : List.of("cpu", "memory", "hostNetwork")) {
            if (random.nextBoolean()) {
                map.put(key, value(values, depth));
            }
        }
        return map;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
