package dev.claudejob.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** What an operator that breaks the protocol would send instead: put on its line, so that the rest of it is the real one. */
enum Mistake {
    NONE,
    NO_GATE,
    NO_FINALIZER,
    /** A status is written over whatever is there. */
    NO_COMPARE_AND_SWAP,
    NO_RELEASE;

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param sent by the real operator
     * @param stored what the apiserver has now
     */
    byte[] made(Line.Call call, byte[] sent, Supplier<byte[]> stored) throws IOException {
        boolean creates = call.method().equals("POST") && call.path().endsWith("/pods");
        return switch (this) {
            case NONE -> sent;
            case NO_GATE -> creates ? without(sent, "spec", "schedulingGates") : sent;
            case NO_FINALIZER -> creates ? without(sent, "metadata", "finalizers") : sent;
            case NO_COMPARE_AND_SWAP ->
                call.method().equals("PUT") && call.path().endsWith("/status") ? over(sent, stored.get()) : sent;
            case NO_RELEASE ->
                call.method().equals("PATCH")
                                && new String(sent, StandardCharsets.UTF_8).contains("/metadata/finalizers")
                        ? "[]".getBytes(StandardCharsets.UTF_8)
                        : sent;
        };
    }

    private static byte[] without(byte[] sent, String parent, String field) throws IOException {
        JsonNode object = JSON.readTree(sent);
        ((ObjectNode) object.get(parent)).remove(field);
        return JSON.writeValueAsBytes(object);
    }

    private static byte[] over(byte[] sent, byte[] stored) throws IOException {
        JsonNode object = JSON.readTree(sent);
        ((ObjectNode) object.get("metadata"))
                .set("resourceVersion", JSON.readTree(stored).at("/metadata/resourceVersion"));
        return JSON.writeValueAsBytes(object);
    }
}
