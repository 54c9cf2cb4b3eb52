package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Event;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that are longer than the helper keeps, or have more values: what can be kept of them is, and the rest is marked as missing. */
class LongEventsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Redactor redactor = new Redactor();
    private final RunRecord record = new RunRecord(redactor, new Log(new PrintStream(out), redactor));
    private final Lines lines = new Lines(EventTail.MAX_LINE, record::line);

    private Summary read(String line) {
        byte[] bytes = (line + "\n").getBytes(UTF_8);
        for (int at = 0; at < bytes.length; at += 60_000) {
            lines.add(ByteBuffer.wrap(bytes, at, Math.min(60_000, bytes.length - at)));
        }
        return record.summary("").build();
    }

    private static String result(String members) {
        return "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false," + members
                + ",\"num_turns\":3,\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
    }

    private static void assertItCounts(Summary summary) {
        assertThat(summary.event()).isEqualTo(Event.RESULT);
        assertThat(summary.isError()).isFalse();
        assertThat(summary.turns()).isEqualTo(3);
        assertThat(summary.usage().out()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "ü", "\\n", "\\u00fc", "\\\"", "\uD83D\uDE00", "\\ud83d\\ude00", "\\\\"})
    void ofATextThatIsTooLongThereIsTheBeginningAndItsTrueLength(String character) {
        Summary summary = read(result("\"result\":\"" + character.repeat(1_200_000) + "\""));
        assertItCounts(summary);
        String one = character.startsWith("\\u")
                ? (character.length() > 6 ? "\uD83D\uDE00" : "ü")
                : character.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
        assertThat(summary.bytes()).isEqualTo(1_200_000L * one.getBytes(UTF_8).length);
        assertThat(summary.text())
                .isEqualTo(one.repeat(summary.text().length() / one.length()))
                .hasSizeGreaterThan(20_000);
        assertThat(summary.sha256()).as("of what is not there").isNull();
        assertThat(Summary.parse(summary.toJson(Summary.MAX_BYTES)).cut()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0]", "{}", "[]", "1", "\"x\"", "null"})
    void aStructuredOutputWithTooManyValuesIsMissedAndTheTextIsNot(String value) {
        Summary summary = read(
                result("\"result\":\"Done\",\"structured_output\":[" + (value + ",").repeat(60_000) + value + "]"));
        assertItCounts(summary);
        assertThat(summary.text()).isEqualTo("Done");
        assertThat(summary.sha256()).isNotNull();
        assertThat(summary.structured()).isNull();
        assertThat(summary.structuredBytes()).isEqualTo(2 + 60_000L * (value.length() + 1) + value.length());
    }

    @Test
    void whatElseIsTooLongTakesNothingFromTheResult() {
        String denial = "{\"tool_name\":\"Write\",\"tool_input\":{\"content\":\"" + "x,]}".repeat(100_000) + "\"}}";
        Summary summary = read(result("\"permission_denials\":[" + denial + "," + denial + "," + denial
                + "],\"structured_output\":{\"a\":" + "[".repeat(60) + "1" + "]".repeat(60) + "},\"result\":\"Done\""));
        assertItCounts(summary);
        assertThat(summary.text()).isEqualTo("Done");
        assertThat(summary.bytes()).isEqualTo(4);
    }

    @Test
    void ofACredentialAtTheCutThereIsNoHalf() {
        String secret = "sk-ant-oat01-" + "s3cret".repeat(10);
        redactor.learn(secret);
        for (int shift = 0; shift < secret.length(); shift += 7) {
            Summary summary = read(result("\"result\":\"" + "x".repeat(EventTrimmer.MAX_VALUE - 100 + shift) + secret
                    + "y".repeat(1_000_000) + "\""));
            assertItCounts(summary);
            assertThat(summary.text()).doesNotContain("sk-ant", "s3cret");
        }
    }

    @Test
    void aLongEventOfAnotherKindIsKnownByItsType() {
        assertItCounts(read(result("\"result\":\"Done\"")));
        Summary summary = read("{\"type\":\"user\",\"message\":{\"content\":\"" + "x".repeat(2_000_000) + "\"}}");
        assertThat(summary.event()).isEqualTo(Event.NONE);
        assertThat(summary.why()).contains("went on after its last result");
    }

    @Test
    void aLineOfManyLongValuesIsDroppedAndCounted() {
        StringBuilder members = new StringBuilder("\"result\":\"Done\"");
        for (int i = 0; i < 8; i++) {
            members.append(",\"m")
                    .append(i)
                    .append("\":\"")
                    .append("x".repeat(250_000))
                    .append('"');
        }
        assertThat(read(result(members.toString())).event()).isEqualTo(Event.NONE);
        assertThat(lines.dropped()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, EventTrimmer.MAX_VALUE - 10})
    void whateverComesIsSurvived(int before) {
        Random random = new Random(1);
        String alphabet = "{}[]\",:\\u0aü \uD83D";
        for (int i = 0; i < (before == 0 ? 20_000 : 200); i++) {
            StringBuilder line = new StringBuilder("{\"a\":");
            line.append(before == 0 ? "" : (i % 2 == 0 ? "\"" : "[\"") + "x".repeat(before));
            for (int n = random.nextInt(60); n > 0; n--) {
                line.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            byte[] bytes = line.toString().getBytes(UTF_8);
            EventTrimmer trimmer = new EventTrimmer(EventTail.MAX_LINE);
            EventTrimmer tight = new EventTrimmer(before + 30);
            for (byte b : bytes) {
                trimmer.add(b);
                tight.add(b);
            }
            if (before == 0) {
                assertThat(trimmer.event()).as("what is short is left as it is").isEqualTo(new String(bytes, UTF_8));
            }
        }
    }
}
