package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.credential.CredentialKind;
import dev.claudejob.credential.Token;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {
    private static final Token TOKEN = new Token("real");
    private static final List<String> PIECES = List.of(
            "x-",
            "anthropic-",
            "api-key",
            "key",
            "authorization",
            "pass-",
            "litellm-",
            "stainless-",
            "app",
            "accept",
            "-encoding",
            "amzn-bedrock-",
            "claude-code-",
            "goog-",
            "content-",
            "type",
            "custom-host",
            "version",
            "host",
            "forwarded-",
            "cookie",
            "te");

    private static Map<String, List<String>> sent(CredentialKind kind, Map<String, List<String>> inbound) {
        return Headers.upstream(inbound, kind, TOKEN);
    }

    @Test
    void whatClaudeCodeSendsGoesOn() {
        Map<String, List<String>> claude = new LinkedHashMap<>();
        for (String name : List.of(
                "Accept",
                "Content-Type",
                "User-Agent",
                "X-Stainless-Retry-Count",
                "x-stainless-os",
                "x-app",
                "anthropic-version",
                "anthropic-dangerous-direct-browser-access",
                "X-Claude-Code-Session-Id",
                "x-client-request-id",
                "traceparent",
                "X-Amzn-Bedrock-Accept")) {
            claude.put(name, List.of("of " + name));
        }
        Map<String, List<String>> sent = sent(CredentialKind.API_KEY, claude);
        claude.forEach(
                (name, values) -> assertThat(sent).containsEntry(name.toLowerCase(java.util.Locale.ROOT), values));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-litellm-api-key",
                "x-pass-authorization",
                "x-portkey-custom-host",
                "x-portkey-api-key",
                "x-portkey-config",
                "helicone-auth",
                "cf-aig-authorization",
                "x-forwarded-for",
                "x-forwarded-host",
                "forwarded",
                "host",
                "cookie",
                "anthropic-api-key",
                "x-appx",
                "xx-app",
                "content-encoding",
                "openai-organization",
                "x-http-method-override"
            })
    void whatAGatewayMayTakeForACredentialOrAPlaceDoesNot(String name) {
        assertThat(sent(CredentialKind.AUTH_TOKEN, Map.of(name, List.of("the agent's"))))
                .isEqualTo(sent(CredentialKind.AUTH_TOKEN, Map.of()));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "VERTEX")
    void noOtherHeaderReachesAnUpstream(CredentialKind kind) {
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder name = new StringBuilder();
            for (int n = random.nextInt(4); n >= 0; n--) {
                name.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            Map<String, List<String>> sent = sent(kind, Map.of(name.toString(), List.of("the agent's")));
            sent.forEach((header, values) -> {
                if (values.contains("the agent's")) {
                    assertThat(header)
                            .matches("accept|content-type|x-app|anthropic-(beta|version)"
                                    + "|x-(stainless|claude-code|amzn-bedrock)-.+");
                }
            });
        }
    }
}
