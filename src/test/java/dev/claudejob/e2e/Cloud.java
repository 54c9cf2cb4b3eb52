package dev.claudejob.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * What a cloud has on its nodes for Pods with an identity, see {@code cloud.yaml}.
 *
 * @param own a namespace that it alone is in, for no restricted Pod could be it
 */
record Cloud(Space own) implements AutoCloseable {
    /** It is there for every Pod of the node: whoever has it, or wants that there is none, locks this. */
    static final String METADATA = "the node's metadata server";

    static Cloud start(Space space) {
        Cloud cloud = new Cloud(new Space(space.kubectl().in(space.name() + "-c"), space.standIn()));
        cloud.own.apply("cloud");
        await().atMost(Space.PATIENCE)
                .until(() -> cloud.own.kubectl().tryRun("logs", "cloud").out().contains("ready"));
        return cloud;
    }

    /** From now on Pods of this ServiceAccount get what EKS gives to one with a role. */
    static void giveRole(Space space, String account, String audience, Map<String, String> variables) {
        space.apply("eks", Map.of("account", account, "audience", audience, "variables", json(variables)));
        await().atMost(Space.PATIENCE)
                .until(() -> space.kubectl()
                        .tryApply(space.yaml("eks-probe", Map.of("account", account)), "--dry-run=server", "-o", "json")
                        .out()
                        .contains("aws-token"));
    }

    static void takeRole(Space space, String account) {
        space.kubectl().deleteAll(space.yaml("eks", Map.of("account", account, "audience", "", "variables", "{}")));
    }

    List<Attacker.Received> received() {
        return Attacker.received(own, "cloud");
    }

    /** What a token of Kubernetes' says of itself. */
    static JsonNode claims(String token) {
        try {
            return new JsonMapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String json(Map<String, String> variables) {
        return new JsonMapper().valueToTree(variables).toString();
    }

    @Override
    public void close() {
        own.delete();
    }
}
