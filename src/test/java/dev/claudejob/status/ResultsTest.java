package dev.claudejob.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ConfigMapRef;
import dev.claudejob.api.v1alpha1.Result;
import dev.claudejob.api.v1alpha1.Usage;
import dev.claudejob.observe.View.Known;
import dev.claudejob.summary.FullResult;
import dev.claudejob.summary.Summary;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultsTest {
    private static final int LIMIT = Results.MAX_STATUS_BYTES;

    private static Summary summary(String fields) {
        return Summary.parse("{\"v\":1,\"event\":\"result\"" + fields + "}");
    }

    private static Known full(String text) {
        return Known.NOTHING.withResult(new FullResult(text, null));
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void aShortAnswerIsThereWhole() {
        assertThat(Results.result(summary(",\"text\":\"hi\",\"bytes\":2,\"sha256\":\"ab\""), Known.NOTHING))
                .isEqualTo(new Result("hi", null, 2L, "ab", null, null));
    }

    @Test
    void noAnswerIsNoResult() {
        assertThat(Results.result(summary(",\"errors\":\"aborted\""), Known.NOTHING))
                .isNull();
        assertThat(Results.result(Summary.none("x"), Known.NOTHING)).isNull();
    }

    @Test
    void aCutAnswerThatTheLogDidNotHaveIsMarked() {
        Summary cut = summary(",\"text\":\"beginning\",\"bytes\":30000,\"cut\":true");
        assertThat(Results.result(cut, Known.NOTHING).truncated()).isTrue();
        assertThat(Results.result(cut, Known.NOTHING.withResult(new FullResult(null, null))))
                .satisfies(r -> {
                    assertThat(r.text()).isEqualTo("beginning");
                    assertThat(r.truncated()).isTrue();
                });
    }

    @Test
    void aCutAnswerFromTheLogIsThereWhole() {
        String text = "x".repeat(10_000);
        Result result = Results.result(summary(",\"text\":\"xx\",\"bytes\":10000,\"cut\":true"), full(text));
        assertThat(result.text()).isEqualTo(text);
        assertThat(result.truncated()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "€", "😀"})
    void anAnswerTooLongForStatusIsCutBetweenCharactersAndToldWhereItIs(String character) {
        String text = "a" + character.repeat(LIMIT);
        Result result = Results.result(
                summary(",\"text\":\"a\",\"bytes\":" + bytes(text) + ",\"cut\":true"),
                full(text).withResultConfigMap("review-result"));
        assertThat(bytes(result.text())).isBetween(LIMIT - 3, LIMIT);
        assertThat(text).startsWith(result.text());
        assertThat(result.text().codePoints()).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
        assertThat(result.truncated()).isTrue();
        assertThat(result.bytes()).isEqualTo(bytes(text));
        assertThat(result.configMapRef()).isEqualTo(new ConfigMapRef("review-result"));
    }

    @Test
    void aConfigMapThatCouldNotBeMadeIsNotNamed() {
        Result result = Results.result(
                summary(",\"bytes\":20000,\"cut\":true"),
                full("x".repeat(20_000)).withResultConfigMap(""));
        assertThat(result.configMapRef()).isNull();
        assertThat(result.truncated()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"16384, false", "16385, true"})
    void onlyWhatIsTooLongForStatusNeedsAConfigMap(int size, boolean needed) {
        assertThat(Results.needsConfigMap(new FullResult("x".repeat(size), null)))
                .isEqualTo(needed);
    }

    @Test
    void structuredOutputThatIsTooLongForStatusIsInTheConfigMapOnly() {
        FullResult whole = new FullResult("short", Map.of("list", "y".repeat(20_000)));

        assertThat(Results.needsConfigMap(whole)).isTrue();
        assertThat(Results.data(whole)).containsOnlyKeys("text", "structured.json");
    }

    @Test
    void nothingNeedsNoConfigMap() {
        assertThat(Results.needsConfigMap(new FullResult(null, null))).isFalse();
        assertThat(Results.needsConfigMap(new FullResult(null, Map.of("a", "b"))))
                .isFalse();
    }

    @Test
    void aStructuredAnswerIsAnObjectAndTheOneOfTheLogWins() {
        Summary s = summary(",\"structured\":{\"n\":1},\"text\":\"{}\",\"bytes\":2");
        assertThat(Results.result(s, Known.NOTHING).structured()).containsEntry("n", BigDecimal.ONE);
        assertThat(Results.result(s, Known.NOTHING.withResult(new FullResult(null, Map.of("n", "log"))))
                        .structured())
                .containsEntry("n", "log");
    }

    @Test
    void aStructuredAnswerThatIsNoObjectIsLeftOut() {
        assertThat(Results.result(summary(",\"structured\":[1],\"text\":\"[1]\",\"bytes\":3"), Known.NOTHING)
                        .structured())
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"0.0420, 0.042", "1.50, 1.5", "10, 10", "0, 0", "100.00, 100", "0.000001, 0.000001", "1E+3, 1000"})
    void moneyIsAPlainDecimalString(BigDecimal amount, String expected) {
        assertThat(Results.money(amount)).isEqualTo(expected);
    }

    @Test
    void whatIsNotKnownIsNotThere() {
        assertThat(Results.usage(Summary.none("x"))).isNull();
        assertThat(Results.denials(Summary.none("x"))).isNull();
        assertThat(Results.money(null)).isNull();
        assertThat(Results.usage(summary(",\"turns\":3")).costUSD()).isNull();
    }

    @Test
    void whatAnAgentClaimsAddsUpToTheGreatestNumberAndNoFurther() {
        Usage sum = Results.sum(
                Results.usage(summary(",\"turns\":2147483647,\"usage\":{\"in\":9223372036854775807}")),
                Results.usage(summary(",\"turns\":1,\"usage\":{\"in\":1,\"out\":2}")));
        assertThat(sum.turns()).isEqualTo(Integer.MAX_VALUE);
        assertThat(sum.inputTokens()).isEqualTo(Long.MAX_VALUE);
        assertThat(sum.outputTokens()).isEqualTo(2);
    }
}
