package dev.claudejob.api.crd;

import static dev.claudejob.api.crd.Schemas.at;
import static dev.claudejob.api.crd.Schemas.walk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Phase;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes the CustomResourceDefinition from the records: fabric8's generator reads names, types, bounds, descriptions and most rules
 * from their annotations; the steps below add what its annotations can't say.
 */
final class CrdGenerator {
    private static final ObjectMapper YAML = new YAMLMapper();

    /** Fields of Kubernetes' own types, whose schema comes from a kube-apiserver. */
    private static final Map<String, String> KUBERNETES_TYPES = Map.of(
            "spec.template.resources", "ResourceRequirements",
            "spec.template.tolerations[]", "Toleration",
            "spec.template.affinity", "Affinity",
            "spec.template.topologySpreadConstraints[]", "TopologySpreadConstraint",
            "spec.template.imagePullSecrets[]", "LocalObjectReference",
            "spec.template.volumes[].emptyDir", "EmptyDirVolumeSource",
            "spec.template.volumes[].configMap", "ConfigMapVolumeSource",
            "spec.template.volumes[].persistentVolumeClaim", "PersistentVolumeClaimVolumeSource",
            "spec.template.volumes[].ephemeral", "EphemeralVolumeSource");

    /** Lists whose items have an identity, as in a Pod: server-side apply merges them by it, and no two items may share it. */
    private static final Map<String, List<String>> LIST_KEYS = Map.of(
            "spec.agent.env", List.of("name"),
            "spec.template.imagePullSecrets", List.of("name"),
            "spec.template.topologySpreadConstraints", List.of("topologyKey", "whenUnsatisfiable"),
            "spec.template.volumes", List.of("name"),
            "spec.template.volumeMounts", List.of("mountPath"),
            "status.attempts", List.of("number"),
            "status.conditions", List.of("type"),
            "status.permissionDenials", List.of("tool"));

    /** JSON of the user's own that is passed on as it is. */
    private static final List<String> FREE_FORM = List.of("spec.agent.outputSchema", "status.result.structured");

    /** Bounds of what Kubernetes' schemas leave unbounded. CEL's cost estimate takes the largest value that the schema admits. */
    private static final int MAX_STRING = 1024;

    private static final int MAX_ITEMS = 64;

    private static final int MAX_QUANTITY = 40;

    private CrdGenerator() {}

    /** The whole CustomResourceDefinition of ClaudeJob. */
    static ObjectNode generate() {
        ObjectNode crd = generateFromAnnotations(ClaudeJob.class);
        ObjectNode schema = schema(crd);
        embedKubernetesTypes(schema, KubernetesTypes.committed());
        requireNames(schema);
        openFreeForm(schema);
        finish(schema);
        describeRoot(
                schema,
                "One run of headless Claude Code: what to ask, with which credential, on which workspace; and in status"
                        + " what came of it.",
                "What to run. Once an attempt is on record, only cancel and ttlSecondsAfterFinished may change.");
        defaultStatus(schema).put("phase", Phase.Pending.name());
        RootRules.addTo(schema);
        return crd;
    }

    /** That of ClaudeCredential. */
    static ObjectNode generateCredential() {
        ObjectNode crd = generateFromAnnotations(ClaudeCredential.class);
        ObjectNode schema = schema(crd);
        finish(schema);
        defaultStatus(schema);
        describeRoot(
                schema,
                "A credential that the jobs of a namespace share: how many may use it at once, and in status whether it"
                        + " works.",
                "What it is. It may change at any time: attempts that begin after that use what it says then.");
        return crd;
    }

    private static ObjectNode schema(ObjectNode crd) {
        return (ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema");
    }

    private static void finish(ObjectNode schema) {
        dropDuplicateRules(schema);
        typeLists(schema);
        boundSpec(at(schema, "spec"));
        formatTimes(at(schema, "status"));
        wholeNumbers(schema);
    }

    /**
     * What an object says before the operator has seen it. kstatus, and so Flux, takes an object without conditions for done; a generation that
     * is not observed is one that it waits for.
     */
    private static ObjectNode defaultStatus(ObjectNode schema) {
        return at(schema, "status").putObject("default").put("observedGeneration", -1);
    }

    /** Whether a field, or one above it, is of a type of Kubernetes' own. */
    static boolean isKubernetesType(String path) {
        return KUBERNETES_TYPES.keySet().stream()
                .anyMatch(type -> path.equals(type) || path.startsWith(type + ".") || path.startsWith(type + "["));
    }

    private static ObjectNode generateFromAnnotations(Class<? extends CustomResource<?, ?>> type) {
        ByteArrayOutputStream yaml = new ByteArrayOutputStream();
        new CRDGenerator()
                .customResourceClasses(type)
                .forCRDVersions("v1")
                .withImplicitPreserveUnknownFields(false)
                .withOutput(new CRDGenerator.CRDOutput<ByteArrayOutputStream>() {
                    @Override
                    public ByteArrayOutputStream outputFor(String crdName) {
                        return yaml;
                    }

                    @Override
                    public void close() {}
                })
                .generate();
        try {
            ObjectNode crd = (ObjectNode) YAML.readTree(yaml.toByteArray());
            orderPrinterColumns((ObjectNode) crd.at("/spec/versions/0"), type);
            return crd;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * fabric8 sorts the columns by path; people read them in the order of the annotations. A priority of 0 is left out, because the
     * apiserver does so, and every comparison with what it stores would show a difference.
     */
    private static void orderPrinterColumns(ObjectNode version, Class<?> type) {
        List<String> order = Arrays.stream(type.getAnnotationsByType(AdditionalPrinterColumn.class))
                .map(AdditionalPrinterColumn::name)
                .toList();
        ArrayNode columns = (ArrayNode) version.required("additionalPrinterColumns");
        List<JsonNode> sorted = columns.valueStream()
                .sorted(Comparator.comparingInt(
                        column -> order.indexOf(column.required("name").asText())))
                .toList();
        columns.removeAll().addAll(sorted);
        columns.forEach(column -> {
            if (column.path("priority").asInt() == 0) {
                ((ObjectNode) column).remove("priority");
            }
        });
    }

    /** A rule on a record's component is found twice: on the field and on the accessor. */
    private static void dropDuplicateRules(ObjectNode schema) {
        walk(schema, (path, field) -> {
            if (field.path("x-kubernetes-validations") instanceof ArrayNode rules) {
                Set<JsonNode> distinct = new LinkedHashSet<>();
                rules.forEach(distinct::add);
                rules.removeAll().addAll(distinct);
            }
        });
    }

    private static void embedKubernetesTypes(ObjectNode schema, KubernetesTypes types) {
        KUBERNETES_TYPES.forEach((path, type) -> {
            ObjectNode field = at(schema, path);
            JsonNode ownDescription = field.path("description");
            field.removeAll().setAll(types.schema(type));
            if (!ownDescription.isMissingNode()) {
                field.set("description", ownDescription);
            }
        });
    }

    /** Kubernetes lets these names be empty for the sake of old clients. Here an empty one is a mistake. */
    private static void requireNames(ObjectNode schema) {
        for (String path : List.of("spec.template.imagePullSecrets[]", "spec.template.volumes[].configMap")) {
            ObjectNode reference = at(schema, path);
            reference.withArray("required").add("name");
            at(reference, "name").put("minLength", 1).put("description", "The object's name, in the job's namespace.");
        }
        at(schema, "spec.template.volumes[].persistentVolumeClaim.claimName").put("minLength", 1);
        at(schema, "spec.template.volumes[].ephemeral").withArray("required").add("volumeClaimTemplate");
    }

    /** fabric8 takes the values of a map of objects to be objects; these are any JSON. */
    private static void openFreeForm(ObjectNode schema) {
        FREE_FORM.forEach(path -> at(schema, path).remove("additionalProperties"));
    }

    /**
     * Every list gets its type. Lists of tool rules are atomic although their order doesn't matter: whoever applies a list of what
     * is allowed must own the whole of it.
     */
    private static void typeLists(ObjectNode schema) {
        walk(schema, (path, field) -> {
            if (LIST_KEYS.containsKey(path)) {
                field.put("x-kubernetes-list-type", "map");
                ArrayNode keys = field.putArray("x-kubernetes-list-map-keys");
                LIST_KEYS.get(path).forEach(keys::add);
            } else if (field.path("type").asText().equals("array") && !field.has("x-kubernetes-list-type")) {
                field.put("x-kubernetes-list-type", "atomic");
            }
        });
    }

    private static void boundSpec(ObjectNode spec) {
        walk(spec, (path, field) -> {
            switch (field.path("type").asText()) {
                case "string" -> putIfAbsent(field, "maxLength", MAX_STRING);
                case "array" -> putIfAbsent(field, "maxItems", MAX_ITEMS);
                case "integer" -> boundInteger(field);
                case "object" -> {
                    if (field.has("additionalProperties")) {
                        putIfAbsent(field, "maxProperties", MAX_ITEMS);
                    }
                }
                default -> {
                    if (field.path("x-kubernetes-int-or-string").asBoolean()) {
                        putIfAbsent(field, "maxLength", MAX_QUANTITY);
                    }
                }
            }
        });
    }

    /**
     * The apiserver does not enforce the format: it would store a number that the client's int can't hold, and every list with that
     * job in it would be unreadable.
     */
    private static void boundInteger(ObjectNode field) {
        if (field.path("format").asText().equals("int32")) {
            putIfAbsent(field, "minimum", 0);
            putIfAbsent(field, "maximum", Integer.MAX_VALUE);
        }
    }

    private static void putIfAbsent(ObjectNode field, String bound, int value) {
        if (!field.has(bound) && !field.has("enum")) {
            field.put(bound, value);
        }
    }

    private static void formatTimes(ObjectNode status) {
        walk(status, (path, field) -> {
            if (path.endsWith("Time")) {
                field.put("format", "date-time");
            }
        });
    }

    /** fabric8 writes the bounds of integers as floating-point numbers. */
    private static void wholeNumbers(ObjectNode schema) {
        walk(schema, (path, field) -> {
            for (String bound : List.of("minimum", "maximum")) {
                if (field.path("type").asText().equals("integer") && field.has(bound)) {
                    field.put(bound, field.get(bound).longValue());
                }
            }
        });
    }

    private static void describeRoot(ObjectNode schema, String whole, String spec) {
        schema.put("description", whole);
        at(schema, "spec").put("description", spec);
        at(schema, "status").put("description", "What the operator saw and did. It alone writes it.");
        schema.putArray("required").add("spec");
    }
}
