package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudejob.credential.CredentialKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
    @Test
    void defaultsAreThoseOfThePod() {
        Settings settings = Settings.of(Map.of());
        assertThat(settings.credentials()).isEmpty();
        assertThat(settings.listen().getAddress().isLoopbackAddress()).isTrue();
        assertThat(settings.listen().getPort()).isEqualTo(8787);
        assertThat(settings.probePort()).isEqualTo(8788);
        assertThat(settings.hold()).isEqualTo(Duration.ofSeconds(90));
        assertThat(settings.shared()).isEqualTo(Path.of("/claudejob"));
        assertThat(settings.terminationLog()).isEqualTo(Path.of("/dev/termination-log"));
    }

    @Test
    void credentialsKeepTheirOrder() {
        Settings settings = Settings.of(Map.of("CLAUDEJOB_CREDENTIALS", """
                [{"name":"a/t","kind":"oauthToken","file":"/credentials/0/token","upstream":"https://api.anthropic.com"},
                 {"name":"b/k","kind":"apiKey","file":"/credentials/1/token","upstream":"http://gw:8080/x/"}]"""));
        assertThat(settings.credentials())
                .containsExactly(
                        new Settings.Credential(
                                "a/t",
                                CredentialKind.OAUTH_TOKEN,
                                Path.of("/credentials/0/token"),
                                new UpstreamAddress(true, "api.anthropic.com", 443, ""),
                                null),
                        new Settings.Credential(
                                "b/k",
                                CredentialKind.API_KEY,
                                Path.of("/credentials/1/token"),
                                new UpstreamAddress(false, "gw", 8080, "/x"),
                                null));
        assertThat(settings.credentials().getFirst().upstream()).hasToString("https://api.anthropic.com");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CLAUDEJOB_LISTEN|0.0.0.0:8787",
                "CLAUDEJOB_PROBE_PORT|70000",
                "CLAUDEJOB_HOLD_SECONDS|-1",
                "CLAUDEJOB_CREDENTIALS|{}",
                "CLAUDEJOB_CREDENTIALS|[",
                "CLAUDEJOB_CREDENTIALS|[{\"name\":\"a\",\"kind\":\"magic\",\"file\":\"/f\",\"upstream\":\"http://x\"}]",
                "CLAUDEJOB_CREDENTIALS|[{\"name\":\"a\",\"kind\":\"apiKey\",\"upstream\":\"http://x\"}]"
            })
    void aWrongSettingIsNamed(String name, String value) {
        assertThatThrownBy(() -> Settings.of(Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name);
    }

    @Test
    void aWorkloadsIdentityComesWithWhatItIsExchangedBy() {
        String entry = """
                [{"name":"w","kind":"workloadIdentity","file":"/credentials/0/token","upstream":"https://api.anthropic.com",
                  "federation":{"ruleID":"fdrl_1","organizationID":"o","serviceAccountID":"svac_1"}}]""";
        assertThat(Settings.of(Map.of("CLAUDEJOB_CREDENTIALS", entry))
                        .credentials()
                        .getFirst()
                        .federation())
                .isEqualTo(new Settings.Federation("fdrl_1", "o", "svac_1", null));
        assertThatThrownBy(() ->
                        Settings.of(Map.of("CLAUDEJOB_CREDENTIALS", entry.replace("\"federation\"", "\"other\""))))
                .hasMessageContaining("ruleID");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://x", "https://u:p@x", "https://x?y", "x", "https:///p", "https://x#f", "http://a b"})
    void anUpstreamIsAPlainUrl(String url) {
        assertThatThrownBy(() -> UpstreamAddress.of(url)).isInstanceOf(IllegalArgumentException.class);
    }
}
