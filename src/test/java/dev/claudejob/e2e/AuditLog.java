package dev.claudejob.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the apiserver itself has noted of the operator's requests. Its log lies beside the testbed's kubeconfig.
 *
 * @param file one JSON event a line
 */
record AuditLog(Path file) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OPERATOR = "system:serviceaccount:" + Space.OPERATOR_NAMESPACE + ":claudejob-operator";

    /** A request, in RBAC's words. */
    record Request(String verb, String resource, String name) {
        boolean event() {
            return resource.equals("events");
        }

        boolean read() {
            return verb.equals("get") || verb.equals("list");
        }
    }

    static AuditLog ofTestbed() {
        return new AuditLog(Path.of(System.getenv("KUBECONFIG")).resolveSibling("log/audit.log"));
    }

    /** All but watches, in their order. */
    List<Request> ofOperatorIn(String namespace) {
        // What most lines are not about need not be parsed.
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.contains(OPERATOR) && line.contains("\"" + namespace + "\""))
                    .map(AuditLog::parse)
                    .filter(event -> event.at("/user/username").asText().equals(OPERATOR)
                            && event.at("/objectRef/namespace").asText().equals(namespace)
                            && !event.path("verb").asText().equals("watch"))
                    .map(AuditLog::request)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@code verb resource}, by an operator that was started since. */
    Set<String> usedByOperatorSince(Instant begun) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.contains(OPERATOR))
                    .map(AuditLog::parse)
                    .filter(event -> event.at("/user/username").asText().equals(OPERATOR)
                            && Instant.parse(event.path("requestReceivedTimestamp")
                                            .asText())
                                    .isAfter(begun))
                    .map(AuditLog::request)
                    .map(request -> request.verb() + " " + request.resource())
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            // The last line may just be being written.
            return JSON.nullNode();
        }
    }

    private static Request request(JsonNode event) {
        String subresource = event.at("/objectRef/subresource").asText();
        return new Request(
                event.path("verb").asText(),
                event.at("/objectRef/resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource),
                event.at("/objectRef/name").asText());
    }
}
