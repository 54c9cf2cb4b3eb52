package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.summary.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {
    private static final String SECRET = "sk-ant-oat01-Ab>c?d~e_f";

    private final Redactor redactor = new Redactor();

    @Test
    void takesAValueOutWhereverItStands() {
        redactor.learn(SECRET);
        assertThat(redactor.redact("a" + SECRET + SECRET + "b")).isEqualTo("a[redacted][redacted]b");
        assertThat(redactor.redact("nothing here")).isEqualTo("nothing here");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "xy", "xyz"})
    void takesItOutOfBase64AtAnyOffset(String before) {
        redactor.learn(SECRET);
        byte[] text = (before + SECRET + "tail").getBytes(UTF_8);
        for (Base64.Encoder encoder : List.of(
                Base64.getEncoder(),
                Base64.getUrlEncoder(),
                Base64.getUrlEncoder().withoutPadding())) {
            String redacted = redactor.redact(encoder.encodeToString(text));
            assertThat(redacted).contains("[redacted]").hasSizeLessThan(10 + 14);
        }
    }

    @Test
    void takesItOutOfJsonHoweverItIsSpelled() throws Exception {
        redactor.learn("quo\"te\\d-secret");
        assertThat(redactor.redact(Json.write("quo\"te\\d-secret"))).isEqualTo("\"[redacted]\"");
        Object json =
                Json.parse("{\"k\":[\"a \\u0071uo\\\"te\\\\d-secret\",1,null,true],\"quo\\\"te\\\\d-secret\":{}}");
        assertThat(Json.write(redactor.redactJson(json)))
                .isEqualTo("{\"k\":[\"a [redacted]\",1,null,true],\"[redacted]\":{}}");
    }

    @Test
    void forgetsNoRecentValueAndLeavesTooShortOnesAlone() {
        redactor.learn("abc");
        for (int i = 0; i < 20; i++) {
            redactor.learn("secret-number-" + i + "!");
        }
        assertThat(redactor.redact("abc secret-number-0! secret-number-19!")).isEqualTo("abc [redacted] [redacted]");
    }

    @Test
    void whatIsLoggedIsRedacted() {
        redactor.learn(SECRET);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Log(new PrintStream(out), redactor).say("é " + SECRET);
        assertThat(out.toString(UTF_8)).isEqualTo("helper: é [redacted]\n");
    }
}
