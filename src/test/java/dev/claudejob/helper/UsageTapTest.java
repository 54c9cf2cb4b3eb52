package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import dev.claudejob.summary.Summary.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTapTest {
    private static final String STREAM = """
            event: message_start
            data: {"type":"message_start","message":{"id":"m","model":"claude-x","content":[],"usage":{"input_tokens":1000,"cache_creation_input_tokens":200,"cache_read_input_tokens":3000,"output_tokens":1}}}

            event: ping
            data: {"type": "ping"}

            event: content_block_delta
            data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"\\"usage\\":{\\"output_tokens\\":99}"}}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":20}}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1000,"output_tokens":50,"server_tool_use":{"web_search_requests":1}}}

            event: message_stop
            data: {"type":"message_stop"}

            """;

    private record Answer(int status, Map<String, List<String>> headers) implements Upstream.Response {
        static Answer of(String contentType, String... encoding) {
            Map<String, List<String>> headers = new LinkedHashMap<>();
            headers.put("content-type", List.of(contentType));
            if (encoding.length > 0) {
                headers.put("content-encoding", List.of(encoding));
            }
            return new Answer(200, headers);
        }

        @Override
        public InputStream body() {
            return InputStream.nullInputStream();
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private final Map<String, Usage> used = new LinkedHashMap<>();
    private final List<Usage> reports = new ArrayList<>();

    private UsageTap tap(String contentType) {
        return UsageTap.of(Answer.of(contentType), (model, more) -> {
                    reports.add(more);
                    used.merge(model, more, Usage::plus);
                })
                .orElseThrow();
    }

    private static void feed(UsageTap tap, byte[] bytes, int piece) {
        for (int i = 0; i < bytes.length; i += piece) {
            byte[] next = Arrays.copyOfRange(bytes, i, Math.min(bytes.length, i + piece));
            tap.add(next, next.length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 100_000})
    void theLastWordOfAStreamHoldsHoweverItIsCut(int piece) {
        UsageTap tap = tap("text/event-stream; charset=utf-8");
        feed(tap, STREAM.getBytes(UTF_8), piece);
        tap.end();
        assertThat(used).containsExactly(Map.entry("claude-x", new Usage(1000, 50, 3000, 200)));
    }

    @Test
    void aStreamWithCarriageReturnsCountsTheSame() {
        UsageTap tap = tap("text/event-stream");
        feed(tap, STREAM.replace("\n", "\r\n").getBytes(UTF_8), 1000);
        tap.end();
        assertThat(used).containsExactly(Map.entry("claude-x", new Usage(1000, 50, 3000, 200)));
    }

    @Test
    void aStreamThatBreaksOffIsCountedAsFarAsItCame() {
        UsageTap tap = tap("text/event-stream");
        feed(tap, STREAM.substring(0, STREAM.indexOf("event: message_delta")).getBytes(UTF_8), 10);
        assertThat(used).containsExactly(Map.entry("claude-x", new Usage(1000, 1, 3000, 200)));
        tap.end();
        assertThat(reports).hasSize(1);
    }

    @Test
    void whatTheApiDidBesidesAnsweringIsInItsIterationsOnly() {
        UsageTap tap = tap("application/json");
        feed(tap, """
                {"type":"message","model":"claude-x","usage":{"input_tokens":100,"output_tokens":20,"iterations":[
                {"type":"compaction","input_tokens":5000,"output_tokens":700,"cache_read_input_tokens":3},
                {"type":"message","input_tokens":100,"output_tokens":20},
                {"type":"fallback_message","input_tokens":100,"output_tokens":20},
                {"type":"advisor_message","input_tokens":40,"output_tokens":30,"cache_creation_input_tokens":9}]}}
                """.getBytes(UTF_8), 1000);
        tap.end();
        assertThat(used.values()).containsExactly(new Usage(5140, 750, 3, 9));
        assertThat(tap.settled(true)).isTrue();
    }

    @Test
    void whatTheApiDidBesidesAnsweringTakesNothingOffWhatTheAnswerIsChargedWhenItBreaksOff() {
        UsageTap tap = tap("text/event-stream");
        feed(tap, """
                data: {"type":"message_delta","usage":{"output_tokens":20,"iterations":[{"type":"compaction","output_tokens":700}]}}

                """.getBytes(UTF_8), 1000);
        assertThat(used.values()).containsExactly(new Usage(0, 720, 0, 0));
        assertThat(tap.settled(false)).isFalse();
        assertThat(tap.output()).isEqualTo(20);
    }

    @Test
    void aUseWithManyIterationsIsRead() {
        String one = "{\"type\":\"advisor_message\",\"input_tokens\":1,\"output_tokens\":10},";
        UsageTap tap = tap("text/event-stream");
        feed(
                tap,
                ("data: {\"usage\":{\"output_tokens\":5,\"iterations\":[" + one.repeat(500)
                                + "{\"type\":\"message\"}]}}\n\n")
                        .getBytes(UTF_8),
                1000);
        tap.end();
        assertThat(used.values()).containsExactly(new Usage(500, 5005, 0, 0));
    }

    @Test
    void aUseThatIsTooLongToReadSettlesNothing() {
        UsageTap tap = tap("application/json");
        feed(
                tap,
                ("{\"usage\":{\"output_tokens\":5,\"x\":\"" + "x".repeat(JsonSkimmer.MAX_VALUE) + "\"}}")
                        .getBytes(UTF_8),
                1000);
        tap.end();
        assertThat(tap.settled(true)).isFalse();
    }

    @Test
    void anEventMayHaveSeveralLinesOfData() {
        UsageTap tap = tap("text/event-stream");
        feed(tap, "data: {\"usage\":\ndata:{\"output_tokens\":7}}\n\n".getBytes(UTF_8), 3);
        assertThat(used.values()).containsExactly(new Usage(0, 7, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 1000})
    void bedrocksFramesCountLikeEvents(int piece) throws IOException, MalformedJsonException {
        UsageTap tap = tap("application/vnd.amazon.eventstream");
        feed(tap, bedrocksStream(), piece);
        tap.end();
        assertThat(used).containsExactly(Map.entry("m", new Usage(1000, 50, 3000, 200)));
    }

    @Test
    void framesThatLieAboutTheirLengthCountNothingAndCostNothing() {
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            byte[] bytes = new byte[2000];
            random.nextBytes(bytes);
            UsageTap tap = tap("application/vnd.amazon.eventstream");
            feed(tap, bytes, 100);
            tap.end();
        }
        assertThat(reports).isEmpty();
    }

    /** As the stand-in sends it. */
    private static byte[] bedrocksStream() throws IOException, MalformedJsonException {
        String mappings = Files.readString(Path.of("testbed/standin/mappings/bedrock.json"));
        return Fields.of(Json.parse(mappings)).array("mappings").stream()
                .map(mapping -> Fields.of(mapping).object("response").string("base64Body"))
                .filter(Objects::nonNull)
                .map(Base64.getDecoder()::decode)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aDocumentIsCountedOnceItIsWhole() {
        UsageTap tap = tap("application/json");
        String text = Json.write(Map.of("text", "x".repeat(500_000)));
        feed(
                tap,
                ("{\"model\":\"claude-x\",\"content\":[" + text
                                + "],\"usage\":{\"input_tokens\":3,\"output_tokens\":5}}")
                        .getBytes(UTF_8),
                16 * 1024);
        tap.end();
        assertThat(used).containsExactly(Map.entry("claude-x", new Usage(3, 5, 0, 0)));
    }

    @Test
    void aCountOfTokensThatWereNotUsedIsNoUse() {
        UsageTap tap = tap("application/json");
        feed(tap, "{\"input_tokens\":12345}".getBytes(UTF_8), 100);
        tap.end();
        assertThat(reports).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"usage\":{\"output_tokens\":-5}}\n\n",
                "data: {\"usage\":{\"output_tokens\":1.5}}\n\n",
                "data: {\"usage\":{\"output_tokens\":\"9\"}}\n\n",
                "data: {\"usage\":[7]}\n\n",
                "data: [{\"usage\":{\"output_tokens\":9}}]\n\n",
                "data: {\"delta\":{\"usage\":{\"output_tokens\":9}}}\n\n",
                "data: {\"a\":{\"message\":{\"usage\":{\"output_tokens\":9}}}}\n\n",
                "datum: {\"usage\":{\"output_tokens\":9}}\n\n",
                "event: data: {\"usage\":{\"output_tokens\":9}}\n\n",
                "data: {\"usage\":{\"output_tokens\":9\n\n",
                "data: }}}}]]]]{\"usage\":\n\n"
            })
    void whatIsNoStatementOfUseCountsNothing(String stream) {
        UsageTap tap = tap("text/event-stream");
        feed(tap, stream.getBytes(UTF_8), 1000);
        tap.end();
        assertThat(reports).isEmpty();
    }

    @Test
    void aClaimOfMoreTokensThanThereAreIsBounded() {
        UsageTap tap = tap("text/event-stream");
        feed(tap, "data: {\"usage\":{\"output_tokens\":9223372036854775807}}\n\n".getBytes(UTF_8), 1000);
        assertThat(reports).containsExactly(new Usage(0, 1_000_000_000_000L, 0, 0));
    }

    @Test
    void whatCanNotBeReadIsNotTapped() {
        assertThat(UsageTap.of(Answer.of("text/event-stream", "gzip"), (m, u) -> {}))
                .isEmpty();
        assertThat(UsageTap.of(Answer.of("text/html"), (m, u) -> {})).isEmpty();
        assertThat(UsageTap.of(Answer.of("application/json", "identity"), (m, u) -> {}))
                .isPresent();
    }

    @Test
    void whateverJsonPassesBothReadersSeeTheSame() {
        Random random = new Random(7);
        for (int i = 0; i < 3000; i++) {
            Map<String, Object> message = new LinkedHashMap<>();
            message.put(any(random), value(random, 3));
            message.put("usage", value(random, 2));
            message.put(any(random), value(random, 4));
            Map<String, Object> document = new LinkedHashMap<>();
            document.put(any(random), value(random, 3));
            document.put("message", random.nextBoolean() ? message : List.of(message));
            document.put("usage", value(random, 2));
            JsonSkimmer skimmer = new JsonSkimmer(Set.of("usage", "message.usage"));
            for (byte b : Json.write(document).getBytes(UTF_8)) {
                skimmer.add(b);
            }
            assertThat(skimmer.picked("usage")).isEqualTo(text(document.get("usage")));
            assertThat(skimmer.picked("message.usage"))
                    .isEqualTo(document.get("message") instanceof Map<?, ?> ? text(message.get("usage")) : null);
        }
    }

    private static String text(Object value) {
        return Json.write(value);
    }

    private static Object value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> any(random);
            case 1 -> random.nextInt();
            case 2 -> random.nextBoolean();
            case 3 -> "";
            case 4 -> List.of(value(random, depth - 1), value(random, depth - 1));
            default -> {
                Map<String, Object> object = new LinkedHashMap<>();
                object.put(any(random), value(random, depth - 1));
                object.put("usage", value(random, depth - 1));
                yield object;
            }
        };
    }

    private static String any(Random random) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(6); n > 0; n--) {
            text.append("\"\\{}[],:é a\n".charAt(random.nextInt(12)));
        }
        return text.toString();
    }

    @Test
    void aHostileStreamCostsNoMemory() {
        JsonSkimmer skimmer = new JsonSkimmer(Set.of("usage"));
        for (byte b : "{\"usage\":\"".getBytes(UTF_8)) {
            skimmer.add(b);
        }
        for (int i = 0; i < 10_000_000; i++) {
            skimmer.add((byte) (i % 3 == 0 ? 'x' : '['));
        }
        for (byte b : "\",\"usage\":{}}".getBytes(UTF_8)) {
            skimmer.add(b);
        }
        assertThat(skimmer.picked("usage")).isEqualTo("{}");
    }
}
