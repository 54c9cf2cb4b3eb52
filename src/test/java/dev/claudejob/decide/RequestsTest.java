package dev.claudejob.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.testing.Jobs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestsTest {
    private static final Upstreams UPSTREAMS = new Upstreams(
            Map.of("team-b", "https://b.example", "anthropic", Upstreams.VENDOR_API, "gateway", "https://a.example"));

    @Test
    void anUpstreamThatTheInstallDoesNotAllowIsRefusedWithThoseThatItDoes() {
        String credential = "credentials: [{authToken: {secretKeyRef: {name: s, key: k}, upstream: %s}}]";
        assertThat(Requests.problem(Jobs.job(credential.formatted("gatewy")).getSpec(), UPSTREAMS))
                .contains(new Outcome(
                        Reason.InvalidRequest,
                        "This install knows no upstream gatewy. It allows: anthropic, gateway, team-b. Choose one of these,"
                                + " or have the gateway added to the install's config.upstreams."));
        assertThat(Requests.problem(Jobs.job(credential.formatted("gateway")).getSpec(), UPSTREAMS))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "agent: {}",
                "agent: {outputSchema: {type: object}}",
                "agent: {outputSchema: {properties: {a: {type: string}}}}",
                "agent: {outputSchema: {$ref: '#/$defs/a', $defs: {a: {type: object}}}}"
            })
    void aRequestThatIsRightHasNoProblem(String spec) {
        assertThat(Requests.problem(Jobs.job(spec).getSpec(), UPSTREAMS)).isEmpty();
    }

    @Test
    void aSchemaThatIsNoneIsRefusedWithWhatItNeeds() {
        assertThat(Requests.problem(
                        Jobs.job("agent: {outputSchema: {title: string}}").getSpec(), UPSTREAMS))
                .contains(new Outcome(
                        Reason.InvalidRequest,
                        "agent.outputSchema is no JSON Schema of an object: it needs type: object and properties."));
    }

    @Test
    void aSchemaDeeperThanAnyReaderGoesIsRefused() {
        Object nested = "end";
        for (int i = 0; i < 5000; i++) {
            nested = i % 2 == 0 ? Map.of("a", nested) : List.of(nested);
        }
        ClaudeJob job = Jobs.job("agent: {outputSchema: {type: object}}");
        job.getSpec().agent().outputSchema().put("deep", nested);
        assertThat(Requests.problem(job.getSpec(), Upstreams.DEFAULT))
                .hasValueSatisfying(outcome -> assertThat(outcome.message()).contains("nested deeper than"));
    }

    @Test
    void aSchemaThatNoArgumentCanHoldIsRefusedWithItsSize() {
        Map<String, Object> schema = Map.of("type", "object", "description", "é".repeat(60_000));
        assertThat(Requests.problem(
                        Jobs.job(Map.of("agent", Map.of("outputSchema", schema)))
                                .getSpec(),
                        UPSTREAMS))
                .hasValueSatisfying(outcome -> {
                    assertThat(outcome.reason()).isEqualTo(Reason.InvalidRequest);
                    assertThat(outcome.message()).contains("has 1200").contains("at most 102400");
                });
    }
}
