package dev.claudejob.claude;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.helper.RecordedRun;
import dev.claudejob.summary.Summary;
import dev.claudejob.summary.Summary.Limit;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class OutcomesTest {
    private static final Limit REJECTED = new Limit(1_795_522_560L, "five_hour", "rejected");

    private static Outcome outcome(AgentEnd end) {
        return Outcomes.success(end).orElseGet(() -> Outcomes.failure(end));
    }

    private static AgentEnd end(int exitCode, String log, Summary summary) {
        return new AgentEnd(exitCode, log, summary, false);
    }

    /** Every recorded run of the real Claude Code, what its end means, and words that its message must have. */
    private static final String RUNS = """
            text                | Succeeded               | in 1 turn
            text-api-key        | Succeeded               | in 1 turn
            long                | Succeeded               | in 1 turn
            slow                | Succeeded               | in 1 turn
            tools               | Succeeded               | in 2 turns
            turns               | Succeeded               | in 5 turns
            bash                | Succeeded               | in 2 turns
            bash-denied         | Succeeded               | in 2 turns
            recovers            | Succeeded               | in 1 turn
            broken-once         | Succeeded               | in 1 turn
            usage-warning       | Succeeded               | in 1 turn
            structured          | Succeeded               | in 2 turns
            structured-given    | Succeeded               | in 2 turns
            structured-missing  | StructuredOutputInvalid | plain text
            structured-wrong    | StructuredOutputInvalid | must have required property 'title'
            max-turns           | MaxTurns                | Raise agent.maxTurns
            budget              | BudgetExceeded          | Reached maximum budget ($0.01)
            refusal             | Refused                 | safeguards flagged this message
            400-long            | PromptTooLong           | limit 1000000
            400                 | InvalidRequest          | stand-in says this request is invalid
            404                 | InvalidRequest          | issue with the selected model
            400-credit          | BillingProblem          | Credit balance is too low
            401                 | AuthFailed              | HTTP 401
            401-api-key         | AuthFailed              | HTTP 401
            403                 | AuthFailed              | HTTP 403
            key-revoked         | AuthFailed              | Invalid API key
            token-revoked       | AuthFailed              | Invalid bearer token
            no-credential       | CredentialMissing       | Not logged in
            bedrock-no-credential | CredentialMissing     | Could not load AWS credentials
            bedrock-refused     | AuthFailed              | HTTP 403
            vertex-no-credential | CredentialMissing      | Could not load Google Cloud credentials
            vertex-refused      | AuthFailed              | Invalid JWT Signature
            429                 | RateLimited             | limit of 50,000 input tokens
            429-usage           | UsageLimit              | resets 6:16pm
            token-exhausted     | UsageLimit              | resets 6:16pm
            429-usage-api-key   | RateLimited             | HTTP 429
            500                 | Overloaded              | HTTP 500
            529                 | Overloaded              | HTTP 529
            reset               | NetworkError            | Connection dropped
            hang                | NetworkError            | Request timed out
            broken              | NetworkError            | Unterminated string
            garbage             | NetworkError            | InvalidHTTPResponse
            max-tokens          | MaxOutputTokens              | 128000 output token maximum
            sigint              | CliError                | aborted_streaming
            sigint-tool         | CliError                | aborted_tools
            sigterm             | CliError                | ended without a result (exit code 143)
            bad-flag            | CliError                | unknown option '--bogus'
            """;

    static List<String[]> runs() {
        return RUNS.lines()
                .map(row -> Arrays.stream(row.split("\\|")).map(String::strip).toArray(String[]::new))
                .toList();
    }

    @ParameterizedTest(name = "{0} means {1}")
    @MethodSource("runs")
    void everyRecordedRunMeansWhatTheTableSays(String name, Reason reason, String words) throws IOException {
        RecordedRun run = new RecordedRun(name);
        String stderr = name.equals("bad-flag") ? "error: unknown option '--bogus'\n" : "";
        Outcome outcome = outcome(
                new AgentEnd(run.exitCode(), run.log(stderr), run.summary(null), name.startsWith("structured")));
        assertThat(outcome.reason()).as(outcome.message()).isEqualTo(reason);
        assertThat(outcome.message()).contains(words).doesNotContain("{\"", "\"}");
    }

    @Test
    void noRecordedRunIsLeftOut() throws IOException {
        assertThat(runs().stream().map(row -> row[0])).containsExactlyInAnyOrderElementsOf(RecordedRun.names());
    }

    @Test
    void aUsageLimitThatOnlyTheHelperSawIsToldFromARateLimit() throws IOException {
        RecordedRun run = new RecordedRun("429-usage-api-key");
        Outcome outcome = outcome(end(run.exitCode(), "", run.summary(REJECTED)));
        assertThat(outcome.reason()).isEqualTo(Reason.UsageLimit);
        assertThat(outcome.message()).contains("resets at 2026-11-24T");
    }

    @Test
    void whatTheHelperRefusedForTheLimitIsNoMatterOfTheAccount() throws IOException {
        RecordedRun run = new RecordedRun("403");
        Summary summary = Summary.parse(run.summary(null)
                .toJson(Summary.MAX_BYTES)
                .replaceFirst("\\{", "{\"capped\":{\"limit\":200,\"spent\":345},"));
        Outcome outcome = outcome(end(run.exitCode(), "", summary));
        assertThat(outcome.reason()).isEqualTo(Reason.BudgetExceeded);
        assertThat(outcome.message()).contains("limits.maxOutputTokens", "given 200", "used 345");
    }

    @ParameterizedTest
    @CsvSource({"401, AuthFailed", "500, Overloaded", "400, InvalidRequest"})
    void aLimitThatWasSeenEarlierDoesNotExplainAnotherFailure(String name, Reason reason) throws IOException {
        RecordedRun run = new RecordedRun(name);
        assertThat(outcome(end(run.exitCode(), "", run.summary(REJECTED))).reason())
                .isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "70", "137", "143"})
    void aResultWithoutErrorIsNoSuccessWhenTheContainerFailed(int exitCode) throws IOException {
        Summary good = new RecordedRun("text").summary(null);
        assertThat(Outcomes.success(end(exitCode, "", good))).isEmpty();
        assertThat(Outcomes.failure(end(exitCode, "", good)).reason()).isEqualTo(Reason.CliError);
    }

    @Test
    void anExitCodeOfZeroIsNoSuccessWithoutAResultOrWithAnErrorInIt() throws IOException {
        assertThat(Outcomes.success(end(0, "", Summary.none("no result event"))))
                .isEmpty();
        assertThat(Outcomes.success(end(0, "", Summary.parse("garbage")))).isEmpty();
        assertThat(Outcomes.success(end(0, "", new RecordedRun("sigint").summary(null))))
                .isEmpty();
        assertThat(Outcomes.success(end(0, "", new RecordedRun("401").summary(null))))
                .isEmpty();
    }

    @Test
    void anAgentThatNeverRanIsNoSuccessWhateverItsSummarySays() throws IOException {
        assertThat(Outcomes.success(new AgentEnd(null, null, new RecordedRun("text").summary(null), false)))
                .isEmpty();
    }

    @Test
    void aStructureThatWasTooLargeForTheSummaryIsThereAllTheSame() {
        Summary large = Summary.parse("""
                {"v":1,"event":"result","isError":false,"structuredBytes":5000,"cut":true}""");
        assertThat(Outcomes.success(new AgentEnd(0, null, large, true)))
                .hasValueSatisfying(o -> assertThat(o.succeeded()).isTrue());
    }

    @Test
    void ofALongLogTheEndIsQuotedForThatIsWhereTheErrorStands() {
        String log = "noise\n".repeat(200) + "Error: the last words";
        Outcome outcome = Outcomes.failure(end(1, log, Summary.none("no result event")));
        assertThat(outcome.message()).contains("…").contains("Error: the last words");
        assertThat(outcome.message().length()).isLessThan(500);
    }

    @Test
    void eventsInALogAreNotQuotedToPeople() throws IOException {
        RecordedRun run = new RecordedRun("sigterm");
        Outcome outcome = Outcomes.failure(end(run.exitCode(), run.log("\nkilled by somebody\n"), run.summary(null)));
        assertThat(outcome.message()).contains("It says: killed by somebody").doesNotContain("per_turn_effort_active");
    }

    @Test
    void theHelpersReasonIsToldWhenThereIsNoResult() {
        assertThat(Outcomes.failure(end(0, null, Summary.none("events.jsonl is not a regular file")))
                        .message())
                .contains("The helper says: events.jsonl is not a regular file.");
    }

    @Test
    void aCertificateThatClaudeCodeDoesNotTrustIsTheNetworks() {
        Summary summary = Summary.parse("""
                {"v":1,"event":"result","subtype":"success","isError":true,"terminalReason":"api_error","apiError":"unknown",
                 "text":"API Error: Unable to connect to API: Self-signed certificate detected (SELF_SIGNED_CERT_IN_CHAIN)."}""");
        assertThat(Outcomes.failure(end(1, null, summary)).reason()).isEqualTo(Reason.NetworkError);
    }

    @ParameterizedTest
    @CsvSource({
        "API Error: 502 claudejob: https://api.corp.example is not trusted: no path, NetworkError",
        "API Error: 502 bad gateway, Overloaded"
    })
    void whatTheHelperCouldNotReachIsNoFailureOfTheApi(String text, Reason reason) {
        Summary summary = Summary.parse("""
                {"v":1,"event":"result","subtype":"success","isError":true,"terminalReason":"api_error","apiErrorStatus":502,"text":"%s"}""".formatted(text));
        assertThat(Outcomes.failure(end(1, null, summary)).reason()).isEqualTo(reason);
    }

    @Test
    void aMessageThatIsCutKeepsWholeCharacters() {
        String said = "😀".repeat(400);
        Outcome outcome = Outcomes.failure(end(1, said, Summary.none("")));
        assertThat(outcome.message().codePoints()).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
    }
}
