package dev.claudejob.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.claudejob.credential.Token.InvalidTokenException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialKindTest {
    private static final Token TOKEN = new Token("sk-ant-secret");

    @Test
    void anOauthTokenGoesOutAsABearerWithItsBetaOnce() {
        assertThat(CredentialKind.OAUTH_TOKEN.upstreamHeaders(TOKEN, null))
                .containsOnly(
                        entry("authorization", "Bearer sk-ant-secret"), entry("anthropic-beta", "oauth-2025-04-20"));
        assertThat(CredentialKind.OAUTH_TOKEN.upstreamHeaders(TOKEN, "a, oauth-2025-04-20,b,a"))
                .containsEntry("anthropic-beta", "a,b,oauth-2025-04-20");
    }

    @Test
    void anApiKeyGoesOutInItsOwnHeaderWithoutTheOauthBeta() {
        assertThat(CredentialKind.API_KEY.upstreamHeaders(TOKEN, "oauth-2025-04-20"))
                .containsOnly(entry("x-api-key", "sk-ant-secret"));
        assertThat(CredentialKind.API_KEY.upstreamHeaders(TOKEN, "a,b")).containsEntry("anthropic-beta", "a,b");
    }

    @Test
    void aGatewaysTokenGoesOutAsABearerWithoutTheOauthBeta() {
        assertThat(CredentialKind.AUTH_TOKEN.upstreamHeaders(TOKEN, "a,oauth-2025-04-20"))
                .containsOnly(entry("authorization", "Bearer sk-ant-secret"), entry("anthropic-beta", "a"));
    }

    @Test
    void cloudsGetTheirKeysInTheirOwnHeaders() {
        assertThat(CredentialKind.BEDROCK.upstreamHeaders(TOKEN, null))
                .containsOnly(entry("authorization", "Bearer sk-ant-secret"));
        assertThat(CredentialKind.FOUNDRY.upstreamHeaders(TOKEN, null))
                .containsOnly(entry("x-api-key", "sk-ant-secret"));
    }

    @Test
    void theAgentGetsAPlaceholderOfTheSameKind() {
        assertThat(CredentialKind.OAUTH_TOKEN.helperEnvironment("http://127.0.0.1:8787"))
                .containsOnly(
                        entry("ANTHROPIC_BASE_URL", "http://127.0.0.1:8787"),
                        entry("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-placeholder"));
        assertThat(CredentialKind.API_KEY.helperEnvironment("u"))
                .containsEntry("ANTHROPIC_API_KEY", "sk-ant-api03-placeholder");
    }

    @Test
    void kindsAreFoundByTheirJsonName() {
        for (CredentialKind kind : CredentialKind.values()) {
            assertThat(CredentialKind.ofJsonName(kind.jsonName())).contains(kind);
        }
        assertThat(CredentialKind.ofJsonName("OAUTH_TOKEN")).isEmpty();
    }

    @Test
    void aTokenIsTrimmedAndNeverPrinted() throws Exception {
        Token token = Token.of(" \tsk-ant-secret\r\n");
        assertThat(token.value()).isEqualTo("sk-ant-secret");
        assertThat(token).hasToString("[token]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "a\nb", "a\r\nx-evil: 1", "a b", "a\u0000b", "a\u007fb", "\ufeffab", "é"})
    void aTokenThatIsNoHeaderValueIsRefusedWithoutQuotingIt(String raw) {
        assertThatThrownBy(() -> Token.of(raw))
                .isInstanceOf(InvalidTokenException.class)
                .hasMessageNotContaining("evil")
                .hasMessageMatching("(is|has) .+");
    }
}
