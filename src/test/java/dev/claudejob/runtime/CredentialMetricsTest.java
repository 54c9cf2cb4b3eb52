package dev.claudejob.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CredentialMetricsTest {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final CredentialMetrics metrics = new CredentialMetrics(registry, () -> Instant.EPOCH);

    private static ClaudeCredential credential(String uid) {
        ClaudeCredential credential = new ClaudeCredential();
        credential.setMetadata(new ObjectMetaBuilder()
                .withNamespace("team")
                .withName("shared")
                .withUid(uid)
                .build());
        return credential;
    }

    private void stands(String uid, int active) throws Exception {
        metrics.stands(
                credential(uid),
                new JsonMapper().readValue("{\"activeJobs\":" + active + "}", ClaudeCredentialStatus.class));
    }

    @Test
    void aCredentialThatIsGoneIsNotShownByAReconcileThatBeganBefore() throws Exception {
        stands("a", 1);
        metrics.gone(credential("a"));
        stands("a", 1);

        assertThat(registry.scrape()).doesNotContain("shared");
    }

    @Test
    void oneThatIsMadeAgainUnderItsNameIsShownAsItIs() throws Exception {
        stands("a", 1);
        metrics.gone(credential("a"));
        stands("b", 2);

        assertThat(registry.scrape())
                .contains("claudejob_credential_jobs_active{name=\"shared\",namespace=\"team\"} 2.0");
    }
}
