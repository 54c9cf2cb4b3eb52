package dev.claudejob.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which objects of the cluster a spec can name, read from its schema. A field that looks like a name, and is neither known here nor
 * recognised by its shape, is an error: somebody must say what it names before the admission policy can be right.
 */
public final class ObjectReferences {
    /** What is named, and what its user must be allowed to do with it; no verb means that nothing is checked. */
    public enum Kind {
        SECRET,
        SERVICE_ACCOUNT,
        CLAUDE_CREDENTIAL,
        /** The namespace's own data: docs/admission.md says why nobody is asked. */
        NAMESPACE_DATA,
        /** A class of the cluster, or a name that is the spec's own. */
        NOTHING
    }

    private static final Pattern LOOKS_LIKE_A_NAME = Pattern.compile("(^|.*\\.)(name|[a-zA-Z]+Name)$");

    private record Shape(Pattern path, Kind kind) {}

    /** The first that fits decides. */
    private static final Shape[] SHAPES = {
        shape("(.*\\.)?(configMap|configMapRef|configMapKeyRef)\\.name", Kind.NAMESPACE_DATA),
        shape("(.*\\.)?(claimName|dataSource\\.name|jobName)", Kind.NAMESPACE_DATA),
        shape("(.*\\.)?(secretName|secretRef\\.name|secretKeyRef\\.name|imagePullSecrets\\[]\\.name)", Kind.SECRET),
        shape("(.*\\.)?credentialRef\\.name", Kind.CLAUDE_CREDENTIAL),
        shape("(.*\\.)?serviceAccountName", Kind.SERVICE_ACCOUNT),
        shape("(.*\\.)?(env|volumes|volumeMounts)\\[]\\.name", Kind.NOTHING),
        shape("(.*\\.)?(priorityClassName|runtimeClassName|storageClassName)", Kind.NOTHING),
    };

    private ObjectReferences() {}

    private static Shape shape(String path, Kind kind) {
        return new Shape(Pattern.compile(path), kind);
    }

    /** The paths, below the spec, of fields that hold names, and the kind that each names. */
    public static Map<String, Kind> of(ObjectNode spec) {
        Map<String, Kind> found = new TreeMap<>();
        Schemas.walk(spec, (path, field) -> {
            if (LOOKS_LIKE_A_NAME.matcher(path).matches()
                    && field.path("type").asText().equals("string")) {
                found.put(path, kind(spec, path));
            }
        });
        return found;
    }

    private static Kind kind(ObjectNode spec, String path) {
        for (Shape shape : SHAPES) {
            if (shape.path().matcher(path).matches()) {
                return shape.kind();
            }
        }
        return keyOfASecret(spec, path)
                .orElseThrow(() -> new IllegalStateException("spec." + path
                        + " looks like the name of an object: say in ObjectReferences what it names, so that the admission"
                        + " policy can ask whether its user may use it"));
    }

    /** An object of just a name and a key is a key of a Secret, whatever its field is called. */
    private static Optional<Kind> keyOfASecret(ObjectNode spec, String path) {
        String parent = path.substring(0, Math.max(0, path.lastIndexOf('.')));
        Predicate<JsonNode> nameAndKey =
                properties -> properties.size() == 2 && properties.has("name") && properties.has("key");
        return parent.isEmpty()
                ? Optional.empty()
                : Optional.of(Schemas.at(spec, parent).path("properties"))
                        .filter(nameAndKey)
                        .map(properties -> Kind.SECRET);
    }
}
