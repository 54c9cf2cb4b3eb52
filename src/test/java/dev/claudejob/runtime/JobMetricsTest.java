package dev.claudejob.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.testing.Jobs;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobMetricsTest {
    private static final String ENDED =
            "\"phase\":\"Succeeded\",\"reason\":\"Succeeded\",\"completionTime\":\"2026-03-01T12:05:00Z\"";
    private static final String SUBSCRIPTION =
            "{\"credential\":\"claude/token\",\"billing\":\"Subscription\",\"inputTokens\":10,\"outputTokens\":20,"
                    + "\"cacheReadInputTokens\":30,\"cacheCreationInputTokens\":40}";
    private static final String METERED =
            "{\"credential\":\"claude/key\",\"billing\":\"Metered\",\"inputTokens\":1,\"outputTokens\":2,"
                    + "\"cacheReadInputTokens\":3,\"cacheCreationInputTokens\":-4}";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JobMetrics metrics = new JobMetrics(registry);

    private static ClaudeJobStatus status(String fields) throws Exception {
        return new JsonMapper().readValue("{" + fields + "}", ClaudeJobStatus.class);
    }

    private void written(String fields, @Nullable ClaudeJobStatus before) throws Exception {
        ClaudeJob job = Jobs.with(Jobs.job(""), status(fields));
        metrics.statusWritten(job, before);
    }

    private static String credential(String billing) {
        return "\"credential\":{\"name\":\"n\",\"kind\":\"k\",\"billing\":\"" + billing + "\"},"
                + "\"usage\":{\"costUSD\":\"0.5\"}";
    }

    @Test
    void tokensAreToldApartByWhoPaysAndByTheirType() throws Exception {
        written(ENDED + ",\"spend\":[" + SUBSCRIPTION + "," + METERED + "]", null);
        written(ENDED + ",\"spend\":[" + METERED + "]", null);

        assertThat(registry.scrape())
                .contains(
                        "claudejob_tokens_total{billing=\"Subscription\",type=\"input\"} 10.0",
                        "claudejob_tokens_total{billing=\"Subscription\",type=\"output\"} 20.0",
                        "claudejob_tokens_total{billing=\"Subscription\",type=\"cacheRead\"} 30.0",
                        "claudejob_tokens_total{billing=\"Subscription\",type=\"cacheCreation\"} 40.0",
                        "claudejob_tokens_total{billing=\"Metered\",type=\"input\"} 2.0",
                        "claudejob_tokens_total{billing=\"Metered\",type=\"output\"} 4.0",
                        "claudejob_tokens_total{billing=\"Metered\",type=\"cacheRead\"} 6.0",
                        "claudejob_tokens_total{billing=\"Metered\",type=\"cacheCreation\"} 0.0");
    }

    @Test
    void aJobIsCountedOnceWhenItEnds() throws Exception {
        String spend = ",\"spend\":[" + SUBSCRIPTION + "]";
        written("\"phase\":\"Waiting\"" + spend, null);
        written(ENDED + spend, status("\"phase\":\"Waiting\""));
        written(ENDED + spend, status(ENDED));

        assertThat(registry.scrape())
                .contains("claudejob_tokens_total{billing=\"Subscription\",type=\"output\"} 20.0")
                .contains("claudejob_jobs_finished_total{phase=\"Succeeded\",reason=\"Succeeded\"} 1.0");
    }

    @Test
    void theCostOfAJobThatTwoPaidForIsNobodysAlone() throws Exception {
        written(ENDED + "," + credential("Metered") + ",\"spend\":[" + SUBSCRIPTION + "," + METERED + "]", null);
        written(ENDED + "," + credential("Subscription") + ",\"spend\":[" + SUBSCRIPTION + "]", null);
        written(ENDED + "," + credential("Cloud"), null);

        assertThat(registry.scrape())
                .contains(
                        "claudejob_cost_usd_total{billing=\"Mixed\"} 0.5",
                        "claudejob_cost_usd_total{billing=\"Subscription\"} 0.5",
                        "claudejob_cost_usd_total{billing=\"Cloud\"} 0.5")
                .doesNotContain("claudejob_cost_usd_total{billing=\"Metered\"}");
    }
}
