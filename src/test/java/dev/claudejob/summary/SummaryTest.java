package dev.claudejob.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudejob.summary.Summary.Capped;
import dev.claudejob.summary.Summary.Cooling;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.Summary.Exit;
import dev.claudejob.summary.Summary.Limit;
import dev.claudejob.summary.Summary.Model;
import dev.claudejob.summary.Summary.Outlook;
import dev.claudejob.summary.Summary.Proxy;
import dev.claudejob.summary.Summary.Spend;
import dev.claudejob.summary.Summary.Trouble;
import dev.claudejob.summary.Summary.Usage;
import dev.claudejob.summary.Summary.Window;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class SummaryTest {
    private static SequencedMap<String, Usage> spentModels() {
        SequencedMap<String, Usage> models = new LinkedHashMap<>();
        models.put("claude-x", new Usage(5, 6, 7, 8));
        return models;
    }

    private static SummaryBuilder success() {
        SequencedMap<String, Model> models = new LinkedHashMap<>();
        models.put("claude-x", new Model(new Usage(1, 2, 3, 4), new BigDecimal("0.01")));
        SequencedMap<String, Integer> denials = new LinkedHashMap<>();
        denials.put("Bash", 2);
        SequencedMap<Integer, Long> statuses = new LinkedHashMap<>();
        statuses.put(401, 1L);
        return new SummaryBuilder(Event.RESULT)
                .subtype("success")
                .isError(false)
                .terminalReason("completed")
                .stopReason("end_turn")
                .turns(3)
                .durationMs(1234L)
                .costUSD(new BigDecimal("0.0123"))
                .session("6f1a")
                .cli("2.1.330")
                .usage(new Usage(1, 2, 0, 0))
                .models(models)
                .denials(denials)
                .limit(new Limit(1_800_000_000, "five_hour", "rejected"))
                .exit(new Exit(0, false, 0))
                .proxy(new Proxy(5, 4, statuses, 1, 2300, 0))
                .meter(List.of(new Spend(0, new Usage(5, 6, 7, 8), spentModels())))
                .cooling(List.of(new Cooling(1, Trouble.USAGE_LIMIT, 1_800_000_000L, "five_hour")))
                .outlook(List.of(new Outlook(
                        0,
                        1_800_000_100L,
                        List.of(
                                new Window("five_hour", 92, 1_800_000_000, 1_799_999_000),
                                new Window("seven_day", 41, 1_800_400_000, 1_799_999_000)))))
                .capped(new Capped(5, 6))
                .structured(Map.of("answer", new BigDecimal("42")))
                .bytes(4L)
                .sha256("ab")
                .text("done");
    }

    @Test
    void comesBackAsItWasWritten() {
        Summary summary = success().build();
        assertThat(Summary.parse(summary.toJson(Summary.MAX_BYTES))).isEqualTo(summary);
    }

    @Test
    void isWrittenAsTheContractSays() {
        assertThat(success().build().toJson(Summary.MAX_BYTES))
                .startsWith("{\"v\":1,\"event\":\"result\",\"subtype\":\"success\",\"isError\":false,")
                .contains("\"costUSD\":\"0.0123\"", "\"status\":{\"401\":1}", "\"structured\":{\"answer\":42}")
                .endsWith("\"bytes\":4,\"sha256\":\"ab\",\"text\":\"done\"}");
        assertThat(Summary.none("events.jsonl is not a regular file").toJson(Summary.MAX_BYTES))
                .isEqualTo("{\"v\":1,\"event\":\"none\",\"why\":\"events.jsonl is not a regular file\"}");
    }

    /** A job that runs while the operator is upgraded has the helper that it began with. */
    @Test
    void whatTheFirstHelperWroteIsReadAsItWasMeant() {
        assertThat(Summary.parse("""
                {"v":1,"event":"result","subtype":"success","isError":false,"terminalReason":"completed","stopReason":"end_turn","turns":3,\
                "durationMs":1234,"costUSD":"0.0123","session":"6f1a","cli":"2.1.330","usage":{"in":1,"out":2,"cacheRead":0,"cacheWrite":0},\
                "models":{"claude-x":{"in":1,"out":2,"cacheRead":3,"cacheWrite":4,"costUSD":"0.01"}},"denials":{"Bash":2},\
                "limit":{"resetsAt":1800000000,"type":"five_hour","status":"rejected"},"exit":{"term":0,"rc":0,"exit":0},\
                "proxy":{"requests":5,"ok":4,"status":{"401":1},"held":1,"heldMs":2300,"credential":0},"structured":{"answer":42},\
                "bytes":4,"sha256":"ab","text":"done"}"""))
                .isEqualTo(success()
                        .meter(List.of())
                        .cooling(List.of())
                        .outlook(List.of())
                        .capped(null)
                        .build());
    }

    @Test
    void theOutlookIsShortAndWhatIsNoSuchThingIsPassedOver() {
        assertThat(success().build().toJson(Summary.MAX_BYTES))
                .contains("\"outlook\":[{\"c\":0,\"exp\":1800000100,\"w\":{\"five_hour\":[92,1800000000,1799999000],"
                        + "\"seven_day\":[41,1800400000,1799999000]}}]");
        assertThat(Summary.parse("{\"v\":1,\"event\":\"none\",\"outlook\":[7,{\"exp\":5},{\"c\":1,\"exp\":-1,"
                                + "\"w\":{\"a\":[1],\"b\":\"x\",\"c\":[5000,1e15,-7]}}]}")
                        .outlook())
                .containsExactly(new Outlook(1, null, List.of(new Window("c", 999, 99_999_999_999L, 0))));
    }

    @Test
    void cutsALongTextFirstAndSaysSo() {
        Summary read = Summary.parse(
                success().text("é".repeat(5000)).bytes(10_000L).build().toJson(Summary.MAX_BYTES));
        assertThat(read.cut()).isTrue();
        assertThat(read.text()).startsWith("éé").hasSizeBetween(500, 1000);
        assertThat(read.models()).hasSize(1);
        assertThat(read.structured()).isNotNull();
        assertThat(read.bytes()).isEqualTo(10_000);
    }

    @Test
    void givesUpTheModelsBeforeTheLastOfTheText() {
        SummaryBuilder builder = success().text("x".repeat(5000));
        int all = builder.build().toJson(100_000).length() - 5000;
        Summary read = Summary.parse(builder.build().toJson(all + 170));
        assertThat(read.models()).isEmpty();
        assertThat(read.denials()).isNotEmpty();
        assertThat(read.meter())
                .singleElement()
                .satisfies(spend -> assertThat(spend.total()).isEqualTo(new Usage(5, 6, 7, 8)));
        assertThat(read.text()).isNotEmpty();
    }

    @Test
    void leavesOutAStructuredOutputThatIsTooBig() {
        Summary read = Summary.parse(
                success().structured(Map.of("a", "x".repeat(700))).build().toJson(Summary.MAX_BYTES));
        assertThat(read.structured()).isNull();
        assertThat(read.structuredBytes()).isEqualTo(708);
        assertThat(read.cut()).isTrue();
        assertThat(read.text()).isEqualTo("done");
    }

    @Test
    void fitsWhateverTheAgentWrote() {
        Random random = new Random(20);
        for (int i = 0; i < 500; i++) {
            SequencedMap<String, Model> models = new LinkedHashMap<>();
            SequencedMap<String, Integer> denials = new LinkedHashMap<>();
            SequencedMap<Integer, Long> statuses = new LinkedHashMap<>();
            for (int n = random.nextInt(12); n > 0; n--) {
                models.put(anyText(random, 100), new Model(new Usage(any(random), 0, any(random), 1), null));
                denials.put(anyText(random, 100), random.nextInt(1 << 30));
                statuses.put(100 + random.nextInt(500), any(random));
            }
            Summary summary = success()
                    .why(anyText(random, 300))
                    .subtype(anyText(random, 300))
                    .terminalReason(anyText(random, 300))
                    .apiErrorStatus(429)
                    .apiError(anyText(random, 300))
                    .apiErrorType(anyText(random, 300))
                    .stopReason(anyText(random, 300))
                    .errors(anyText(random, 1000))
                    .session(anyText(random, 300))
                    .cli(anyText(random, 300))
                    .costUSD(new BigDecimal("0.1234567891234"))
                    .models(models)
                    .denials(denials)
                    .structured(Map.of("k", anyText(random, 1000)))
                    .limit(new Limit(any(random), anyText(random, 100), anyText(random, 100)))
                    .proxy(new Proxy(any(random), any(random), statuses, any(random), any(random), 3))
                    .text(anyText(random, 5000))
                    .build();
            int max = SummaryJson.MIN_BYTES + random.nextInt(2500);
            String json = summary.toJson(max);
            assertThat(json.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(max);
            Summary read = Summary.parse(json);
            assertThat(read.event()).isEqualTo(Event.RESULT);
            assertThat(read.isError()).isFalse();
            assertThat(read.apiErrorStatus()).isEqualTo(429);
            assertThat(json).doesNotContainPattern("[\\ud800-\\udbff](?![\\udc00-\\udfff])");
        }
    }

    private static long any(Random random) {
        return random.nextLong() & Long.MAX_VALUE;
    }

    private static String anyText(Random random, int maxLength) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(maxLength + 1); n > 0; n--) {
            text.append(
                    switch (random.nextInt(6)) {
                        case 0 -> (char) random.nextInt(0x20);
                        case 1 -> (char) (0xd800 + random.nextInt(0x800));
                        case 2 -> Character.toString(0x1f600 + random.nextInt(50));
                        case 3 -> random.nextBoolean() ? "\"" : "\\";
                        default -> (char) ('a' + random.nextInt(26));
                    });
        }
        return text.toString();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "\n",
                "null",
                "[]",
                "{}",
                "{\"v\":2,\"event\":\"result\"}",
                "{\"v\":1}",
                "{\"v\":1,\"event\":7}",
                "{\"v\":1,\"event\":\"result\"",
                "{\"v\":1e400,\"event\":\"result\"}",
                "unable to write termination message"
            })
    void saysThatAMessageCannotBeRead(String message) {
        Summary summary = Summary.parse(message);
        assertThat(summary.event()).isEqualTo(Event.MALFORMED);
        assertThat(summary.hasResult()).isFalse();
        assertThat(summary.why()).isNotBlank();
    }

    @Test
    void takesAFieldOfAWrongTypeForAbsentAndIgnoresUnknownOnes() {
        Summary summary = Summary.parse("""
                {"v":1.0,"event":"result","new":{"a":[1]},"isError":"no","turns":1.5,"durationMs":-1,"costUSD":"1e9",
                 "session":5,"usage":[],"models":{"a":1,"b":{"in":"x","out":2}},"denials":{"A":"2","B":99999999999,"C":1},
                 "limit":{"type":"x"},"exit":{"rc":0},"proxy":{"status":{"abc":1,"200":"x","401":2},"credential":-1},
                 "bytes":1e300,"cut":"yes","apiErrorStatus":{}}""");
        assertThat(summary.event()).isEqualTo(Event.RESULT);
        assertThat(summary.isError()).isNull();
        assertThat(summary.turns()).isNull();
        assertThat(summary.durationMs()).isNull();
        assertThat(summary.costUSD()).isNull();
        assertThat(summary.session()).isNull();
        assertThat(summary.models()).containsOnlyKeys("b");
        assertThat(summary.denials()).containsExactly(Map.entry("C", 1));
        assertThat(summary.limit()).isNull();
        assertThat(summary.exit()).isNull();
        assertThat(summary.proxy()).isNotNull();
        assertThat(summary.proxy().status()).containsExactly(Map.entry(401, 2L));
        assertThat(summary.bytes()).isNull();
        assertThat(summary.cut()).isFalse();
    }

    @Test
    void needsALeastSpace() {
        assertThatThrownBy(() -> Summary.none("x").toJson(10)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void findsTheFullResultInALog() {
        FullResult full = new FullResult("a\nclaudejob-result {\"v\":1}\né", Map.of("k", "v"));
        assertThat(FullResult.find("noise\n" + full.toLine() + "\n")).contains(full);
        assertThat(FullResult.find(full.toLine())).contains(full);
        assertThat(FullResult.find("old\nclaudejob-result {\"v\":1,\"text\":\"old\"}\n" + full.toLine()))
                .contains(full);
        assertThat(FullResult.find("x claudejob-result {\"v\":1}")).isEmpty();
        assertThat(FullResult.find("claudejob-result {\"v\":1,\"te")).isEmpty();
        assertThat(FullResult.find("")).isEmpty();
        assertThat(new FullResult("é".repeat(600_000), null).toLine().getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThan(513 * 1024);
    }
}
