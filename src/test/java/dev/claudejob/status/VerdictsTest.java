package dev.claudejob.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialVerdict;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.Utilization;
import dev.claudejob.claude.Outcome;
import dev.claudejob.summary.Summary;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    private static String unpaid(int credential) {
        return ",\"cooling\":[{\"c\":" + credential + ",\"why\":\"BillingProblem\",\"until\":" + LATER + "}]";
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 402, 403})
    void anAccountThatCantPayIsToldByTheHelperWhateverTheStatusWas(int status) {
        String measured = proxy(0, "\"" + status + "\":1");
        assertThat(verdict(Reason.BillingProblem, measured + unpaid(0))).isEqualTo(CredentialVerdict.BillingProblem);
        assertThat(verdict(Reason.Succeeded, proxy(1, "\"" + status + "\":1") + unpaid(0)))
                .isEqualTo(CredentialVerdict.Accepted);
        assertThat(verdict(Reason.BillingProblem, measured + unpaid(1)))
                .as("another credential's")
                .isNull();
    }

    @Test
    void theHelpersOwn402IsNotTheAccounts() {
        assertThat(verdict(Reason.BudgetExceeded, proxy(3, "\"402\":1") + ",\"capped\":{\"limit\":100,\"spent\":120}"))
                .isEqualTo(CredentialVerdict.Accepted);
    }

    @Test
    void aCredentialThatHasEndedWasRefusedBeforeItWasSent() {
        String outlook =
                ",\"outlook\":[{\"c\":0,\"exp\":" + NOW.minusSeconds(60).getEpochSecond() + "}]";
        CredentialFinding finding = finding(Reason.CredentialExpired, proxy(0, "\"401\":2") + outlook);
        assertThat(finding.verdict()).isEqualTo(CredentialVerdict.AuthFailed);
        assertThat(finding.expiresAt()).isEqualTo("2026-03-01T11:59:00Z");
        assertThat(finding.utilization()).isNull();
    }

    @Test
    void howFarTheLimitsAreUsedUpIsTheApisWord() {
        long seen = NOW.minusSeconds(5).getEpochSecond();
        String outlook = ",\"outlook\":[{\"c\":1,\"exp\":1},{\"c\":0,\"w\":{\"five_hour\":[92," + LATER + "," + seen
                + "],\"seven_day\":[41," + LATER + "," + LATER + "]}}]";
        assertThat(finding(Reason.Succeeded, proxy(1, "") + outlook).utilization())
                .containsExactly(
                        new Utilization("five_hour", 92, "2026-03-01T12:10:00Z", "2026-03-01T11:59:55Z"),
                        new Utilization("seven_day", 41, "2026-03-01T12:10:00Z", "2026-03-01T12:00:00Z"));
    }
}
