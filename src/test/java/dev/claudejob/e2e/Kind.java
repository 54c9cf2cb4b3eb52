package dev.claudejob.e2e;

import java.util.List;
import java.util.Map;

/**
 * A kind of credential that can be rotated while a job runs, and the header in which the API sees it. Of oauthToken and apiKey the stand-in takes
 * any value that is made here.
 */
enum Kind {
    oauthToken("oauthToken: {SECRET}", "authorization", "Bearer ", "sk-ant-oat01-"),
    apiKey("apiKey: {SECRET}", "x-api-key", "", "sk-ant-api03-"),
    claudeHome("claudeHome: {secretRef: {name: late}}", "authorization", "Bearer ", "sk-ant-oat01-"),
    /** What is revoked is the token that the helper has exchanged. */
    workloadIdentity(
            "workloadIdentity: {federationRuleID: RULE, organizationID: 11111111-2222-3333-4444-555555555555,"
                    + " anthropicServiceAccountID: svac_rotated}",
            "authorization",
            "Bearer ",
            "sk-ant-oat01-"),
    authToken("authToken: {SECRET, upstream: gateway}", "authorization", "Bearer ", "gateway-"),
    foundry("foundry: {resource: team, apiKey: {SECRET}}", "x-api-key", "", "foundry-"),
    bedrock("bedrock: {region: eu-west-1, bearerToken: {SECRET}}", "authorization", "Bearer ", "bedrock-");

    private final String credential;
    private final String header;
    private final String scheme;
    private final String prefix;

    Kind(String credential, String header, String scheme, String prefix) {
        this.credential = credential.replace("SECRET", "secretKeyRef: {name: late, key: token}");
        this.header = header;
        this.scheme = scheme;
        this.prefix = prefix;
    }

    /** A job's credential, in the Secret of {@code secret-late.yaml}, if it is in one. */
    String credential(Space space) {
        return credential.replace("RULE", rule(space));
    }

    private static String rule(Space space) {
        return "fdrl_" + space.name().replace("-", "");
    }

    /** The key of that Secret. */
    String key() {
        return this == claudeHome ? ".credentials.json" : "token";
    }

    /** What is in it. */
    String content(String token) {
        return this == claudeHome
                ? "'{\"claudeAiOauth\": {\"accessToken\": \"" + token + "\", \"expiresAt\": 4102444800000}}'"
                : token;
    }

    /** From now on the vendor exchanges the space's workload identities for this token, as a mapping of WireMock's. */
    String exchange(Space space, String token) {
        return """
                {"priority": -2,
                 "request": {"method": "POST", "urlPath": "/v1/oauth/token",
                  "bodyPatterns": [{"matchesJsonPath": {"expression": "$.federation_rule_id", "equalTo": "%s"}}]},
                 "response": {"status": 200, "headers": {"Content-Type": "application/json"},
                  "jsonBody": {"access_token": "%s", "token_type": "Bearer", "expires_in": 3600}}}""".formatted(rule(space), token);
    }

    /** A value that only this test has. */
    String token(Space space, int number) {
        return prefix + "rotated-" + space.name() + "-" + number;
    }

    String placeholder() {
        return prefix + "placeholder";
    }

    String header() {
        return header;
    }

    /** The header's value. */
    String sent(String token) {
        return scheme + token;
    }

    /** How the API refuses a value that was revoked, as a response of WireMock's. */
    String refusal() {
        return this == bedrock ? """
                {"status": 403, "jsonBody": {"Message": "Authentication failed: Please make sure your API Key is valid."}}""" : """
                {"status": 401, "headers": {"Content-Type": "application/json", "x-should-retry": "false"},
                 "jsonBody": {"type": "error", "error": {"type": "authentication_error", "message": "revoked"}}}""";
    }

    /**
     * The answers of a turn, as responses of WireMock's.
     *
     * @param command what Bash is called with; empty for a last turn
     * @return by a pattern of their paths
     */
    Map<String, String> answers(String command) {
        if (this == bedrock) {
            return Map.of(
                    "/bedrock/model/[^/]+/invoke-with-response-stream",
                    """
                    {"status": 200, "headers": {"Content-Type": "application/vnd.amazon.eventstream"}, "base64Body": "%s"}""".formatted(EventStream.turn(command)),
                    "/bedrock/model/[^/]+/invoke",
                    """
                    {"status": 200, "jsonBody": {"id": "msg", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                     "content": [{"type": "text", "text": "Hello"}], "usage": {"input_tokens": 1, "output_tokens": 1}}}""");
        }
        String parameters = command.isEmpty()
                ? "{\"text\": \"All turns taken.\"}"
                : "{\"tool\": \"Bash\", \"calls\": 1000000, \"command\": \"" + command + "\"}";
        return Map.of(".*/v1/messages", """
                {"status": 200, "headers": {"Content-Type": "text/event-stream; charset=utf-8"}, "bodyFileName": "message.hbs",
                 "transformers": ["response-template"], "transformerParameters": %s}""".formatted(parameters));
    }

    /** What the header is in all others. */
    List<String> otherHeaders() {
        return List.of(values()).stream()
                .map(Kind::header)
                .distinct()
                .filter(name -> !name.equals(header))
                .toList();
    }
}
