package dev.claudejob.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.claudejob.runtime.OperatorConfig.InvalidConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OperatorConfigTest {
    private static final String IMAGES = """
            runner: {image: r}
            helper: {image: h}
            """;

    private static OperatorConfig parse(String yaml) throws InvalidConfigException {
        return OperatorConfig.parse(yaml, "config.yaml");
    }

    @Test
    void whatIsLeftOutHasADefault() throws Exception {
        OperatorConfig config = parse(IMAGES);
        assertThat(config.upstreams()).containsOnlyKeys("anthropic").containsValue("https://api.anthropic.com");
        assertThat(config.watchNamespaces()).isEmpty();
        assertThat(config.leaderElection()).isTrue();
        assertThat(config.decideSettings().imagePullTimeout()).isEqualTo(Duration.ofSeconds(300));
        assertThat(config.decideSettings().resultFromLogs()).isTrue();
        assertThat(config.podSettings().upstreams().find("anthropic")).contains("https://api.anthropic.com");
        assertThat(config.users().claude()).isEqualTo(1001);
        assertThat(config.users().helper()).isEqualTo(1002);
        assertThat(config.users().group()).isEqualTo(1003);
        assertThat(config.helper().holdSeconds()).isEqualTo(90);
        assertThat(config.helper().failoverSeconds()).isEqualTo(10);
        assertThat(config.helper().imagePullPolicy()).isEqualTo("IfNotPresent");
        assertThat(config.runner().imagePullPolicy()).isEqualTo("IfNotPresent");
        assertThat(config.runner().resources().getLimits().get("memory")).hasToString("2Gi");
        assertThat(config.helper().resources().getRequests().get("cpu")).hasToString("10m");
    }

    @Test
    void proxyAndAuthoritiesArePassedOnToPods() throws Exception {
        OperatorConfig config = parse(IMAGES + """
                egress: {httpsProxy: "http://proxy.example:3128", noProxy: [.svc, 10.0.0.0/8, "fd00::/8", "a.example:8443"]}
                trustBundle: {configMapName: corporate}
                """);
        assertThat(config.podSettings().egress().httpsProxy()).isEqualTo("http://proxy.example:3128");
        assertThat(config.podSettings().egress().noProxy())
                .containsExactly(".svc", "10.0.0.0/8", "fd00::/8", "a.example:8443");
        assertThat(config.podSettings().trustBundle()).isNotNull();
        assertThat(config.podSettings().trustBundle().key()).isEqualTo("ca.crt");
    }

    @Test
    void aChartsEmptyProxyAndBundleAreNone() throws Exception {
        OperatorConfig config = parse(IMAGES + """
                egress: {httpsProxy: "", noProxy: []}
                trustBundle: {configMapName: "", key: ca.crt}
                """);
        assertThat(config.podSettings().egress().httpsProxy()).isNull();
        assertThat(config.podSettings().trustBundle()).isNull();
        assertThat(parse(IMAGES).podSettings().egress().httpsProxy()).isNull();
    }

    @Test
    void aProxyWithAPasswordIsRefusedAndNotRepeated() {
        assertThatThrownBy(() -> parse(IMAGES + "egress: {httpsProxy: \"http://me:secret@proxy:3128\"}"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("egress.httpsProxy")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> parse(IMAGES + "egress: {noProxy: [\"a b\"]}"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("egress.noProxy");
    }

    @Test
    void whatIsGivenIsTaken() throws Exception {
        OperatorConfig config = parse("""
                upstreams: {anthropic: "http://standin.x.svc:8080/base", gateway: https://llm.example}
                watchNamespaces: [a, b]
                runner: {image: r, imagePullPolicy: Always, resources: {limits: {memory: 3Gi}}}
                helper: {image: h, imagePullPolicy: Never, imagePullSecrets: [pull], holdSeconds: 5, failoverSeconds: 4, resources: {}}
                users: {claude: 11, helper: 12, group: 13}
                imagePullTimeoutSeconds: 7
                resultFromLogs: false
                leaderElection: false
                """);
        assertThat(config.podSettings().upstreams().find("anthropic")).contains("http://standin.x.svc:8080/base");
        assertThat(config.watchNamespaces()).containsExactlyInAnyOrder("a", "b");
        assertThat(config.runner().resources().getLimits().get("memory")).hasToString("3Gi");
        assertThat(config.helper().imagePullSecrets()).containsExactly("pull");
        assertThat(config.helper().holdSeconds()).isEqualTo(5);
        assertThat(config.helper().failoverSeconds()).isEqualTo(4);
        assertThat(config.users().group()).isEqualTo(13);
        assertThat(config.decideSettings().imagePullTimeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(config.decideSettings().resultFromLogs()).isFalse();
        assertThat(config.leaderElection()).isFalse();
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments(IMAGES + "leaderElectoin: true", "unknown key leaderElectoin; known here: ["),
                arguments("runner: {image: r, tag: x}\nhelper: {image: h}", "unknown key tag; known here: ["),
                arguments("helper: {image: h}", "runner.image must name the image of the agent's container"),
                arguments("runner: {image: r}", "helper.image must name the operator's image"),
                arguments("runner: {image: ' '}\nhelper: {image: h}", "runner.image must name"),
                arguments("runner: {}\nhelper: {image: h}", "image"),
                arguments("", "runner.image must name"),
                arguments(IMAGES + "upstreams: {gateway: https://x}", "upstreams must name anthropic"),
                arguments(IMAGES + "upstreams: {}", "upstreams must name anthropic"),
                arguments(IMAGES + "upstreams: {anthropic: }", "upstreams.anthropic"),
                arguments(
                        IMAGES + "upstreams: {anthropic: api.anthropic.com}",
                        "upstreams.anthropic must be https://host[:port][/path], but is api.anthropic.com"),
                arguments(IMAGES + "upstreams: {anthropic: ftp://x}", "but is ftp://x"),
                arguments(IMAGES + "upstreams: {anthropic: 'https://x?y=z'}", "but is https://x?y=z"),
                arguments(IMAGES + "upstreams: {anthropic: 'https://x#y'}", "but is https://x#y"),
                arguments(IMAGES + "upstreams: {anthropic: 'https://a b'}", "upstreams.anthropic is no URL"),
                arguments(IMAGES + "users: {claude: 0, helper: 1, group: 1}", "must be above 0"),
                arguments(IMAGES + "users: {claude: 5, helper: 5, group: 1}", "the first two different"),
                arguments(IMAGES + "imagePullTimeoutSeconds: soon", "imagePullTimeoutSeconds"),
                arguments(IMAGES + "imagePullTimeoutSeconds: -1", "imagePullTimeoutSeconds must be above 0"),
                arguments(
                        "runner: {image: r}\nhelper: {image: h, holdSeconds: -5}",
                        "helper.holdSeconds must be above 0"),
                arguments("runner: {image: r, imagePullPolicy: Sometimes}\nhelper: {image: h}", "imagePullPolicy"),
                arguments(IMAGES + "watchNamespaces: a", "watchNamespaces"),
                arguments("- a", ""),
                arguments("a: [", ""));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void aMistakeIsToldWithWhereItIsAndWhatToChange(String yaml, String words) {
        assertThatThrownBy(() -> parse(yaml))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageStartingWith("config.yaml: ")
                .hasMessageContaining(words);
    }

    @Test
    void aUrlWithAPasswordIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> parse(IMAGES + "upstreams: {anthropic: 'https://u:hunter2@x'}"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("upstreams.anthropic")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void theFileIsNamedInWhatIsWrongWithIt(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("config.yaml"), "x: 1");
        assertThatThrownBy(() -> OperatorConfig.read(file)).hasMessageStartingWith(file + ": unknown key x");
        assertThatThrownBy(() -> OperatorConfig.read(dir.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }
}
