package dev.claudejob.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudejob.summary.Json.MalformedJsonException;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void readsEveryKindOfValueInDocumentOrder() throws Exception {
        Map<String, Object> object = Json.parseObject(
                " {\"s\":\"a\\n\\u00e9\\ud83d\\ude00\\/\",\"n\":-1.5e+2,\"z\":0,\"t\":true,\"f\":false,\"x\":null,\"a\":[1,[],{}]} ");
        assertThat(object.keySet()).containsExactly("s", "n", "z", "t", "f", "x", "a");
        assertThat(object.get("s")).isEqualTo("a\né😀/");
        assertThat(object.get("n")).isEqualTo(new BigDecimal("-1.5e+2"));
        assertThat(Json.write(object))
                .isEqualTo(
                        "{\"s\":\"a\\né😀/\",\"n\":-1.5E+2,\"z\":0,\"t\":true,\"f\":false,\"x\":null,\"a\":[1,[],{}]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[",
                "\"",
                "\"\\",
                "\"\\u12",
                "\"\\u12g4\"",
                "\"\\x\"",
                "\"a\nb\"",
                "{]",
                "[1,]",
                "{\"a\"}",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\":1,\"a\":2}",
                "01",
                "-",
                "1.",
                ".5",
                "1e",
                "1e401",
                "1e-99999999",
                "1e99999999",
                "NaN",
                "tru",
                "nul",
                "1 2",
                "[1]]",
                "+1",
                "'a'",
                "\u00a01",
                "\"\\u\u0661\u0661\u0661\u0661\""
            })
    void refusesWhatIsNotJson(String text) {
        assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(MalformedJsonException.class);
    }

    @Test
    void boundsNestingAndNumbers() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(MalformedJsonException.class);
        assertThatThrownBy(() -> Json.parse("[" + "[],".repeat(Json.MAX_VALUES) + "1]"))
                .isInstanceOf(MalformedJsonException.class);
        assertThatThrownBy(() -> Json.parse("1".repeat(129))).isInstanceOf(MalformedJsonException.class);
    }

    @Test
    void writesTextThatUtf8CanCarry() throws Exception {
        String written = Json.write("\u0000\u001f\u007f\u2028\"\\\t\ud800x");
        assertThat(written).isEqualTo("\"\\u0000\\u001f\\u007f\\u2028\\\"\\\\\\t\ufffdx\"");
        assertThat(Json.parse(written)).isEqualTo("\u0000\u001f\u007f\u2028\"\\\t\ufffdx");
    }

    @Test
    void cutsBetweenCodePoints() {
        assertThat(Json.prefix("a😀b", 4)).isEqualTo("a");
        assertThat(Json.prefix("a😀b", 5)).isEqualTo("a😀");
        assertThat(Json.prefix("\n\n", 3)).isEqualTo("\n");
        assertThat(Json.prefix("abc", 3)).isEqualTo("abc");
    }
}
