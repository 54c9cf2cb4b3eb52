package dev.claudejob.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What the stand-in for the Messages API was sent. It keeps the last 200 requests: ask soon.
 *
 * @param kubectl reaches it through the apiserver
 */
record StandIn(Kubectl kubectl) {
    /** One request as it arrived. Names of headers are matched whatever their case. */
    record Request(JsonNode log) {
        String url() {
            return log.path("url").asText();
        }

        String body() {
            return log.path("body").asText();
        }

        /** A header's value; empty when it was not sent. */
        String header(String name) {
            for (var field : log.path("headers").properties()) {
                if (field.getKey().equalsIgnoreCase(name)) {
                    return field.getValue().asText();
                }
            }
            return "";
        }
    }

    /** The requests of one run of Claude Code, the oldest first. */
    List<Request> ofSession(String session) {
        return find(header("x-claude-code-session-id", session));
    }

    /** All that it still has, the newest first. */
    List<Request> all() {
        return find(JsonNodeFactory.instance.objectNode().put("method", "ANY").put("urlPattern", ".*"));
    }

    /** The requests with a header that has this text in it. */
    List<Request> withHeader(String name, String part) {
        ObjectNode pattern =
                JsonNodeFactory.instance.objectNode().put("method", "ANY").put("urlPattern", ".*");
        pattern.putObject("headers").putObject(name).put("contains", part);
        return find(pattern);
    }

    /** The exchanges of workload identities, the newest first. */
    List<Request> exchanges() {
        return find(JsonNodeFactory.instance.objectNode().put("method", "POST").put("urlPath", "/v1/oauth/token"));
    }

    /**
     * From now on every call of the API with {@code word} in its body gets this response, a WireMock one.
     *
     * @return what {@link #forget} takes
     */
    String answer(String word, String response) {
        return teach("""
                {"priority": 2, "response": %s,
                 "request": {"method": "POST", "urlPath": "/v1/messages", "bodyPatterns": [{"contains": "%s"}]}}""".formatted(response, word));
    }

    /** The response of a subscription whose five-hour limit resets this many seconds after each request. */
    static String limitedForSeconds(int seconds) {
        return """
                {"status": 429, "transformers": ["response-template"],
                 "headers": {"Content-Type": "application/json", "x-should-retry": "true",
                   "anthropic-ratelimit-unified-status": "rejected",
                   "anthropic-ratelimit-unified-reset": "{{now offset='%d seconds' format='unix'}}",
                   "anthropic-ratelimit-unified-representative-claim": "five_hour"},
                 "jsonBody": {"type": "error", "error": {"type": "rate_limit_error", "message": "limit"}}}""".formatted(seconds);
    }

    /** How often a header arrived with this value, from anybody. */
    int count(String header, String value) {
        return kubectl.post(admin("requests/count"), header(header, value).toString())
                .path("count")
                .asInt();
    }

    /**
     * Answers as one more of WireMock's mappings says.
     *
     * @param mapping JSON; it should match nobody else's requests
     * @return its id, for {@link #forget}
     */
    String teach(String mapping) {
        return kubectl.post(admin("mappings"), mapping).path("id").asText();
    }

    void forget(String id) {
        kubectl.delete(admin("mappings/" + id));
    }

    private String admin(String path) {
        return "/api/v1/namespaces/claudejob-standin/services/standin:8080/proxy/__admin/" + path;
    }

    private static ObjectNode header(String name, String value) {
        ObjectNode pattern =
                JsonNodeFactory.instance.objectNode().put("method", "ANY").put("urlPattern", ".*");
        pattern.putObject("headers").putObject(name).put("equalTo", value);
        return pattern;
    }

    private List<Request> find(ObjectNode pattern) {
        List<Request> found = new ArrayList<>();
        kubectl.post(admin("requests/find"), pattern.toString())
                .path("requests")
                .forEach(r -> found.add(new Request(r)));
        return found;
    }
}
