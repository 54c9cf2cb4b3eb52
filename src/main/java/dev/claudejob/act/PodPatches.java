package dev.claudejob.act;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON patches of a Pod. Each tests the Pod's uid first, so that a namesake is never touched, and tests what it removes. */
public final class PodPatches {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private PodPatches() {}

    /** Removes our scheduling gate. */
    static String openGate(PodView pod) {
        List<String> gates = pod.pod().getSpec().getSchedulingGates().stream()
                .map(PodSchedulingGate::getName)
                .toList();
        return remove(pod, "/spec/schedulingGates", gates.indexOf(PodNames.START_GATE), "/name", PodNames.START_GATE);
    }

    /** Removes our finalizer. */
    public static String release(PodView pod) {
        List<String> finalizers = pod.pod().getMetadata().getFinalizers();
        int index = finalizers.indexOf(PodNames.RESULT_FINALIZER);
        return remove(pod, "/metadata/finalizers", index, "", PodNames.RESULT_FINALIZER);
    }

    /**
     * Gives the Pod a deadline, in seconds of its age, and marks it as ours. A deadline can only be lowered.
     *
     * @param now the mark's time
     */
    static String stop(PodView pod, long age, Instant now) {
        Long given = pod.pod().getSpec().getActiveDeadlineSeconds();
        long seconds = given == null ? age : Math.min(given, age);
        return testUid(pod)
                .add(operation("add", "/spec/activeDeadlineSeconds", JSON.numberNode(seconds)))
                .add(operation(
                        "add",
                        annotation(PodNames.STOP_ANNOTATION),
                        JSON.textNode(now.truncatedTo(ChronoUnit.SECONDS).toString())))
                .toString();
    }

    private static String annotation(String key) {
        // JSON pointer writes a slash in a key as ~1.
        return "/metadata/annotations/" + key.replace("/", "~1");
    }

    /** Writes the nudge annotation. */
    static String nudge(PodView pod, String value) {
        String path = annotation(PodNames.NUDGE_ANNOTATION);
        return testUid(pod).add(operation("add", path, JSON.textNode(value))).toString();
    }

    /**
     * Gives the Pod the labels that select it and its owner. A strategic merge patch: it leaves what others have added, and a uid in it that is
     * not the Pod's is a conflict.
     */
    static String reclaim(PodView pod, ObjectMeta wanted) {
        ObjectNode metadata = JSON.objectNode().put("uid", pod.uid());
        ObjectNode labels = metadata.putObject("labels");
        wanted.getLabels().forEach(labels::put);
        ArrayNode owners = metadata.putArray("ownerReferences");
        wanted.getOwnerReferences()
                .forEach(owner -> owners.addObject()
                        .put("apiVersion", owner.getApiVersion())
                        .put("kind", owner.getKind())
                        .put("name", owner.getName())
                        .put("uid", owner.getUid())
                        .put("controller", owner.getController())
                        .put("blockOwnerDeletion", owner.getBlockOwnerDeletion()));
        ObjectNode patch = JSON.objectNode();
        patch.set("metadata", metadata);
        return patch.toString();
    }

    private static String remove(PodView pod, String list, int index, String key, String value) {
        String path = list + "/" + index;
        return testUid(pod)
                .add(operation("test", path + key, JSON.textNode(value)))
                .add(operation("remove", path, null))
                .toString();
    }

    private static ArrayNode testUid(PodView pod) {
        return JSON.arrayNode().add(operation("test", "/metadata/uid", JSON.textNode(pod.uid())));
    }

    private static ObjectNode operation(String op, String path, @Nullable JsonNode value) {
        ObjectNode node = JSON.objectNode().put("op", op).put("path", path);
        return value == null ? node : node.set("value", value);
    }
}
