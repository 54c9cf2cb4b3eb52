package dev.claudejob.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gives an example's credentials values that the stand-in takes, in the Secrets and under the keys that the example names. */
record ExampleCredentials(Space space) {
    private static final String HOME = "{\"claudeAiOauth\":{\"accessToken\":\"" + Space.OAUTH_TOKEN + "\"}}";
    private static final String GOOGLE = """
            {"type": "external_account", "audience": "//iam.googleapis.com/made-up", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
             "token_url": "http://standin.claudejob-standin.svc:8080/vertex/token", "credential_source": {"file": "/prompt/prompt"}}""";

    /** By the field that holds the reference. */
    private static final Map<String, String> VALUES = Map.of(
            "oauthToken",
            Space.OAUTH_TOKEN,
            "apiKey",
            Space.API_KEY,
            "authToken",
            "gateway-token-demo",
            "bearerToken",
            "bedrock-token-demo",
            "serviceAccountKey",
            GOOGLE,
            "foundry",
            "foundry-key-demo");

    /** For a job, or for a ClaudeCredential. */
    void give(JsonNode job) {
        Map<String, Map<String, String>> secrets = new TreeMap<>();
        for (JsonNode credential : job.at("/spec/credentials")) {
            credential.properties().forEach(kind -> collect(kind.getKey(), kind.getValue(), secrets));
        }
        if (job.path("kind").asText().equals("ClaudeCredential")) {
            job.path("spec").properties().forEach(kind -> collect(kind.getKey(), kind.getValue(), secrets));
        }
        secrets.forEach((name, data) -> {
            space.kubectl().run("delete", "secret", name, "--ignore-not-found");
            List<String> command = new ArrayList<>(List.of("create", "secret", "generic", name));
            data.forEach((key, value) -> command.add("--from-literal=" + key + "=" + value));
            space.kubectl().run(command.toArray(String[]::new));
        });
        String account = job.at("/spec/template/serviceAccountName").asText();
        if (!account.isEmpty()) {
            space.kubectl().run("create", "serviceaccount", account);
        }
    }

    private static void collect(String field, JsonNode value, Map<String, Map<String, String>> secrets) {
        switch (field) {
            case "claudeHome" ->
                secrets.computeIfAbsent(value.at("/secretRef/name").asText(), name -> new TreeMap<>())
                        .put(".credentials.json", HOME);
            case "workloadIdentity" ->
                ((ObjectNode) value).put("federationRuleID", "fdrl_demo").put("anthropicServiceAccountID", "svac_demo");
            default -> {
                JsonNode ref = value.path("secretKeyRef");
                if (ref.isObject()) {
                    secrets.computeIfAbsent(ref.path("name").asText(), name -> new TreeMap<>())
                            .put(ref.path("key").asText(), VALUES.get(field));
                } else {
                    // Foundry's key is no key of the vendor's API.
                    value.properties()
                            .forEach(inner -> collect(
                                    field.equals("foundry") ? field : inner.getKey(), inner.getValue(), secrets));
                }
            }
        }
    }
}
