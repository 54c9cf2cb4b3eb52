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

/**
 * Patches of a Pod, none of which touches a namesake. What takes something away is a JSON patch that tests the uid, and what it removes. What adds
 * something is a strategic merge patch, in which a uid that is not the Pod's is a conflict: it leaves what others have added, and needs no map
 * to be there.
 */
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
        ObjectNode patch = annotate(
                pod,
                PodNames.STOP_ANNOTATION,
                now.truncatedTo(ChronoUnit.SECONDS).toString());
        patch.putObject("spec").put("activeDeadlineSeconds", given == null ? age : Math.min(given, age));
        return patch.toString();
    }

    /** Writes the nudge annotation. */
    static String nudge(PodView pod, String value) {
        return annotate(pod, PodNames.NUDGE_ANNOTATION, value).toString();
    }

    private static ObjectNode annotate(PodView pod, String key, String value) {
        ObjectNode patch = merge(pod);
        ((ObjectNode) patch.get("metadata")).putObject("annotations").put(key, value);
        return patch;
    }

    /** Gives the Pod the labels that select it and its owner. */
    static String reclaim(PodView pod, ObjectMeta wanted) {
        ObjectNode patch = merge(pod);
        ObjectNode metadata = (ObjectNode) patch.get("metadata");
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
        return patch.toString();
    }

    private static ObjectNode merge(PodView pod) {
        ObjectNode patch = JSON.objectNode();
        patch.putObject("metadata").put("uid", pod.uid());
        return patch;
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
