package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NoProxyTest {
    @ParameterizedTest(name = "{0} is reached {2} with noProxy {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "https://llm.corp.example       | corp.example             | directly",
                "https://llm.corp.example       | .corp.example            | directly",
                "https://llm.corp.example       | *.corp.example           | directly",
                "https://LLM.Corp.Example       | llm.corp.example         | directly",
                "https://corp.example           | .corp.example            | directly",
                "https://evilcorp.example       | corp.example             | proxied",
                "https://corp.example.evil      | corp.example             | proxied",
                "https://llm.corp.example:8443  | corp.example:8443        | directly",
                "https://llm.corp.example       | corp.example:8443        | proxied",
                "https://gateway.llm.svc        | a, .svc ,b               | directly",
                "https://10.1.2.3               | 10.0.0.0/8               | directly",
                "https://11.1.2.3               | 10.0.0.0/8               | proxied",
                "https://10.1.2.3               | 10.1.2.3                 | directly",
                "https://10.1.2.3               | 10.1.2.3/32              | directly",
                "https://10.1.2.3               | 0.0.0.0/0                | directly",
                "https://10.1.2.130             | 10.1.2.128/25            | directly",
                "https://10.1.2.127             | 10.1.2.128/25            | proxied",
                "https://[fd00::1]              | fd00::/8                 | directly",
                "https://[fd00::1]              | [fd00::1]:443            | directly",
                "https://[fd00::1]              | fd00::1                  | directly",
                "https://[fe00::1]              | fd00::/8                 | proxied",
                "https://api.anthropic.com      | 10.0.0.0/8,.svc          | proxied",
                "https://api.anthropic.com      | *                        | directly",
                "http://api.anthropic.com       | nothing                  | directly",
            })
    void whatTheListCoversIsReachedDirectly(String upstream, String noProxy, String how) {
        Egress egress =
                Egress.of(Map.of("CLAUDEJOB_HTTPS_PROXY", "http://proxy.example:3128", "CLAUDEJOB_NO_PROXY", noProxy));
        assertThat(egress.proxyFor(UpstreamAddress.of(upstream)) == null ? "directly" : "proxied")
                .isEqualTo(how);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/x", "corp/8", "10.0.0.0/", "fd00::/129"})
    void aRangeThatIsNoneIsRefused(String range) {
        assertThatThrownBy(() -> NoProxy.of(range)).hasMessageContaining(range);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://proxy:3128", "http://me:pw@proxy:3128", "http://proxy:3128/path", "proxy:3128"})
    void aProxyThatCanNotBeUsedIsRefusedWhenTheHelperStarts(String proxy) {
        assertThatThrownBy(() -> Egress.of(Map.of("CLAUDEJOB_HTTPS_PROXY", proxy)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void withoutSettingsEverythingIsDirect() {
        assertThat(Egress.of(Map.of()).proxyFor(UpstreamAddress.of("https://api.anthropic.com")))
                .isNull();
        assertThat(Egress.of(Map.of("CLAUDEJOB_HTTPS_PROXY", "", "CLAUDEJOB_CA_FILE", ""))
                        .caFile())
                .isNull();
    }
}
