package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.credential.CredentialKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTest {
    @ParameterizedTest
    @CsvSource({
        "AUTH_TOKEN, POST, /v1/messages",
        "AUTH_TOKEN, GET, /v1/models",
        "FOUNDRY, POST, /anthropic/v1/messages",
        "FOUNDRY, POST, /anthropic/v1/messages/count_tokens",
        "BEDROCK, POST, /model/eu.anthropic.claude-opus-5-5/invoke",
        "BEDROCK, POST, /model/eu.anthropic.claude-sonnet-4-5-20250929-v1:0/invoke-with-response-stream",
        "BEDROCK, POST, /model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Aapplication-inference-profile%2Fa1/invoke",
        "BEDROCK, POST, /model/anthropic.claude/count-tokens"
    })
    void whatClaudeCodeAsksOfItsServiceGoesOn(CredentialKind kind, String method, String path) {
        assertThat(Route.of(kind, method, path)).isEqualTo(Route.FORWARD);
    }

    @ParameterizedTest
    @CsvSource({
        "API_KEY, POST, /model/m/invoke",
        "API_KEY, POST, /anthropic/v1/messages",
        "AUTH_TOKEN, POST, /v1/keys",
        "FOUNDRY, POST, /v1/messages",
        "FOUNDRY, GET, /v1/models",
        "FOUNDRY, POST, /openai/deployments/x",
        "BEDROCK, POST, /v1/messages",
        "BEDROCK, GET, /inference-profiles",
        "BEDROCK, POST, /model/m/converse",
        "BEDROCK, POST, /model/a/b/invoke",
        "BEDROCK, POST, /model/a%2F..%2Fb/invoke",
        "BEDROCK, POST, /model/../invoke",
        "BEDROCK, POST, /model/a%2f%2e%2e%2fb/invoke",
        "BEDROCK, PUT, /model/m/invoke"
    })
    void anythingElseIsRefusedHere(CredentialKind kind, String method, String path) {
        assertThat(Route.of(kind, method, path)).isEqualTo(Route.REFUSE);
    }
}
