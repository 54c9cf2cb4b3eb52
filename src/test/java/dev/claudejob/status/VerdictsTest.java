package dev.claudejob.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialVerdict;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.summary.Summary;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerdictsTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final long LATER = NOW.plusSeconds(600).getEpochSecond();

    private static @Nullable CredentialFinding finding(Reason reason, String measured) {
        return Verdicts.of(
                Summary.parse(
                        "{\"v\":1,\"event\":\"result\",\"apiErrorStatus\":401,\"apiError\":\"usage_limit_reached\""
                                + measured + "}"),
                new Outcome(reason, "words"),
                NOW);
    }

    private static @Nullable CredentialVerdict verdict(Reason reason, String measured) {
        CredentialFinding finding = finding(reason, measured);
        return finding == null ? null : finding.verdict();
    }

    private static String proxy(int ok, String statuses) {
        return ",\"proxy\":{\"requests\":3,\"ok\":" + ok + ",\"status\":{" + statuses
                + "},\"held\":0,\"heldMs\":0,\"credential\":0}";
    }

    private static String limit(long resetsAt) {
        return ",\"limit\":{\"resetsAt\":" + resetsAt + ",\"type\":\"seven_day\",\"status\":\"rejected\"}";
    }

    @Test
    void whatOnlyTheAgentSaysFindsNothingOut() {
        assertThat(verdict(Reason.AuthFailed, "")).isNull();
        assertThat(verdict(Reason.UsageLimit, proxy(0, "\"500\":1"))).isNull();
        assertThat(verdict(Reason.BillingProblem, proxy(0, "\"400\":1"))).isNull();
        assertThat(verdict(Reason.AuthFailed, proxy(0, "\"403\":1"))).isNull();
    }

    @Test
    void answersShowThatItIsTaken() {
        assertThat(verdict(Reason.Succeeded, proxy(2, ""))).isEqualTo(CredentialVerdict.Accepted);
        assertThat(verdict(Reason.MaxTurns, proxy(2, "\"529\":1"))).isEqualTo(CredentialVerdict.Accepted);
    }

    @Test
    void aLimitThatTheApiToldOfLastsUntilItSays() {
        CredentialFinding finding = finding(Reason.CliError, limit(LATER) + proxy(5, "\"429\":1"));
        assertThat(finding.verdict()).isEqualTo(CredentialVerdict.UsageLimited);
        assertThat(finding.limitedUntil()).isEqualTo("2026-03-01T12:10:00Z");
        assertThat(finding.limitType()).isEqualTo("seven_day");
        assertThat(finding.time()).isEqualTo("2026-03-01T12:00:00Z");
    }

    @Test
    void aLimitThatIsOverOrThatDidNotStopTheJobIsNone() {
        assertThat(verdict(Reason.UsageLimit, limit(NOW.getEpochSecond()) + proxy(1, "\"429\":1")))
                .isEqualTo(CredentialVerdict.Accepted);
        assertThat(verdict(Reason.Succeeded, limit(LATER) + proxy(5, "\"429\":1")))
                .isEqualTo(CredentialVerdict.Accepted);
    }

    @Test
    void aRefusalTakesBothTheHelpersAndTheAgentsWord() {
        assertThat(verdict(Reason.AuthFailed, proxy(4, "\"401\":1"))).isEqualTo(CredentialVerdict.AuthFailed);
        assertThat(verdict(Reason.Succeeded, proxy(4, "\"401\":1"))).isEqualTo(CredentialVerdict.Accepted);
    }

    @Test
    void aPaymentThatTheApiAskedFor() {
        assertThat(verdict(Reason.BillingProblem, proxy(0, "\"402\":1"))).isEqualTo(CredentialVerdict.BillingProblem);
    }
}
