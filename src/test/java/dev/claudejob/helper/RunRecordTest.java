package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.Summary.Model;
import dev.claudejob.summary.Summary.Usage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunRecordTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Redactor redactor = new Redactor();
    private final RunRecord record = new RunRecord(redactor, new Log(new PrintStream(out), redactor));

    private Summary summary() {
        return record.summary("").build();
    }

    private String printed() {
        return out.toString(UTF_8);
    }

    @Test
    void aResultEventBecomesASummary() {
        record.line("""
                {"type":"result","subtype":"success","is_error":true,"api_error_status":429,"api_error":"usage_limit_reached",
                 "api_error_type":"rate_limit_error","result":"You've hit your limit","stop_reason":"stop_sequence",
                 "terminal_reason":"api_error","session_id":"s","num_turns":2,"duration_ms":81,"total_cost_usd":0.0123456789,
                 "usage":{"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":4},
                 "modelUsage":{"claude-x":{"inputTokens":5,"outputTokens":6,"costUSD":0.5}},
                 "permission_denials":[{"tool_name":"Bash"},{"tool_name":"Bash"},{"x":1}],"errors":["a",{"b":1}]}""");
        Summary summary = Summary.parse(summary().toJson(2048));
        assertThat(summary.event()).isEqualTo(Event.RESULT);
        assertThat(summary.isError()).isTrue();
        assertThat(summary.apiErrorStatus()).isEqualTo(429);
        assertThat(summary.apiError()).isEqualTo("usage_limit_reached");
        assertThat(summary.apiErrorType()).isEqualTo("rate_limit_error");
        assertThat(summary.terminalReason()).isEqualTo("api_error");
        assertThat(summary.costUSD()).isEqualTo("0.012346");
        assertThat(summary.usage()).isEqualTo(new Usage(1, 2, 3, 4));
        assertThat(summary.models())
                .containsExactly(Map.entry("claude-x", new Model(new Usage(5, 6, 0, 0), new BigDecimal("0.5"))));
        assertThat(summary.denials()).containsExactly(Map.entry("Bash", 2));
        assertThat(summary.errors()).isEqualTo("a; {\"b\":1}");
        assertThat(summary.text()).isEqualTo("You've hit your limit");
        assertThat(summary.bytes()).isEqualTo(21);
        assertThat(printed()).isEqualTo("""
                        [result] error: api_error, API status 429, 2 turns, 0.081 s, $0.0123
                          You've hit your limit
                          a
                          {"b":1}
                        """);
    }

    @Test
    void theLastResultCountsUnlessTheAgentWentOnAfterIt() {
        record.line("{\"type\":\"result\",\"is_error\":false,\"result\":\"first\"}");
        record.line("{\"type\":\"assistant\",\"message\":{}}");
        assertThat(summary().event()).isEqualTo(Event.NONE);
        assertThat(summary().why()).contains("went on");
        assertThat(record.full()).isNull();
        record.line("{\"type\":\"result\",\"is_error\":false,\"result\":\"second\"}");
        record.line("{\"type\":\"system\",\"subtype\":\"status\"}");
        assertThat(summary().text()).isEqualTo("second");
    }

    @Test
    void noResultIsSaidWithTheReason() {
        assertThat(summary().why()).isEqualTo("no result event");
        record.line("{\"type\":\"resu");
        assertThat(summary().why())
                .startsWith("no result event; a line of the event file can't be read: it ends early");
        assertThat(record.summary("events.jsonl is not a regular file").build().why())
                .isEqualTo("events.jsonl is not a regular file");
    }

    @Test
    void aCredentialIsRedactedHoweverJsonSpellsIt() {
        redactor.learn("secret-value-1");
        record.line(
                "{\"type\":\"result\",\"is_error\":false,\"result\":\"\\u0073ecret-value-1\",\"stop_reason\":\"secret-value-1\"}");
        assertThat(summary().text()).isEqualTo("[redacted]");
        assertThat(summary().stopReason()).isEqualTo("[redacted]");
        assertThat(record.full().text()).isEqualTo("[redacted]");
    }

    @Test
    void theTranscriptIsReadableAndHarmless() {
        record.line(
                "{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"helper: fake\\n\\u001b[31mred\\u202e\"},"
                        + "{\"type\":\"tool_use\",\"name\":\"Bash\",\"input\":{\"command\":\"ls\"}}]}}");
        record.line(
                "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"is_error\":true,\"content\":\"a\\nb\"},"
                        + "{\"type\":\"tool_result\",\"content\":[{\"type\":\"text\",\"text\":\"" + "y".repeat(1000)
                        + "\"},{\"type\":\"image\"}]}]}}");
        record.line(
                "{\"type\":\"system\",\"subtype\":\"api_retry\",\"attempt\":1,\"max_retries\":10,\"retry_delay_ms\":544,"
                        + "\"error_status\":529,\"error\":\"overloaded\"}");
        assertThat(printed())
                .isEqualTo("[assistant]\n  helper: fake\n  \ufffd[31mred\ufffd\n[tool] Bash {\"command\":\"ls\"}\n"
                        + "[tool failed] a b\n[tool done] " + "y".repeat(400) + " ... (1008 characters)\n"
                        + "[retry] 1 of 10 in 544 ms: overloaded (status 529)\n");
    }
}
