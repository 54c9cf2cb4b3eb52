package dev.claudejob.standing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialSpec;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.CredentialError;
import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.SecretCredential;
import dev.claudejob.api.v1alpha1.Utilization;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CredentialStatusesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final ClaudeCredentialSpec SPEC = new ClaudeCredentialSpec(
            null, new SecretCredential(new KeyRef("claude", "key")), null, null, null, null, null, null, 3);

    private static ClaudeCredential credential(@Nullable ClaudeCredentialStatus status) {
        ClaudeCredential credential = new ClaudeCredential();
        credential.setMetadata(new ObjectMetaBuilder()
                .withName("team")
                .withNamespace("ns")
                .withGeneration(7L)
                .build());
        credential.setSpec(SPEC);
        credential.setStatus(status);
        return credential;
    }

    private static Standing ending(
            @Nullable Instant limitedUntil, Standing.@Nullable Trouble trouble, @Nullable Instant expiresAt) {
        Standing s = standing(limitedUntil, trouble, NOW);
        return new Standing(
                s.credential(),
                s.name(),
                3,
                limitedUntil,
                s.limitType(),
                trouble,
                NOW,
                null,
                expiresAt,
                List.of(new Utilization("five_hour", 92, NOW.plusSeconds(1800).toString(), NOW.toString())),
                0,
                0,
                false);
    }

    private static Standing standing(
            @Nullable Instant limitedUntil, Standing.@Nullable Trouble trouble, @Nullable Instant lastUsed) {
        return new Standing(
                SPEC.asListedBy("team"),
                "claude/key",
                3,
                limitedUntil,
                "five_hour",
                trouble,
                lastUsed,
                new CredentialError(NOW.toString(), "UsageLimited", "words"),
                null,
                List.of(),
                2,
                4,
                false);
    }

    private static ClaudeCredentialStatus status(Standing standing) {
        return CredentialStatuses.of(credential(null), standing, NOW);
    }

    private static Condition condition(ClaudeCredentialStatus status, String type) {
        return status.conditions().stream()
                .filter(c -> c.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static String words(ClaudeCredentialStatus status) {
        return condition(status, "Ready").status() + " "
                + condition(status, "Ready").reason() + ", stalled "
                + condition(status, "Stalled").status();
    }

    @Test
    void itSaysWhatTheCredentialIsAndWhoUsesIt() {
        ClaudeCredentialStatus status = status(standing(null, null, NOW.minusSeconds(60)));
        assertThat(status.observedGeneration()).isEqualTo(7);
        assertThat(status.kind()).isEqualTo("apiKey");
        assertThat(status.credential()).isEqualTo("claude/key");
        assertThat(status.billing()).isEqualTo(Billing.Metered);
        assertThat(status.activeJobs()).isEqualTo(2);
        assertThat(status.waitingJobs()).isEqualTo(4);
        assertThat(status.lastUsedTime()).isEqualTo("2026-03-01T11:59:00Z");
        assertThat(status.lastError().message()).isEqualTo("words");
    }

    @Test
    void oneThatNobodyHasUsedIsReadyAsFarAsAnybodyKnows() {
        assertThat(words(status(standing(null, null, null)))).isEqualTo("True Unverified, stalled False");
        assertThat(words(status(standing(null, null, NOW)))).isEqualTo("True Valid, stalled False");
    }

    @Test
    void aLimitIsWaitedForAndForgottenWhenItIsOver() {
        ClaudeCredentialStatus limited = status(standing(NOW.plusSeconds(60), null, NOW));
        assertThat(words(limited)).isEqualTo("False UsageLimited, stalled False");
        assertThat(condition(limited, "Ready").message()).contains("five_hour").contains("2026-03-01T12:01:00Z");
        assertThat(limited.limitedUntil()).isEqualTo("2026-03-01T12:01:00Z");
        ClaudeCredentialStatus over = status(standing(NOW, null, NOW));
        assertThat(words(over)).isEqualTo("True Valid, stalled False");
        assertThat(over.limitedUntil()).isNull();
        assertThat(over.limitType()).isNull();
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"AuthFailed", "BillingProblem"})
    void whatSomebodyHasToMendIsStalled(Reason reason) {
        assertThat(words(status(standing(NOW.plusSeconds(60), new Standing.Trouble(reason, "Mend it.", NOW), NOW))))
                .isEqualTo("False " + reason + ", stalled True");
    }

    @Test
    void aSecretThatIsNotThereIsMostLikelyOnItsWay() {
        assertThat(words(status(
                        standing(null, new Standing.Trouble(Reason.CredentialMissing, "Create it.", null), NOW))))
                .isEqualTo("False Missing, stalled False");
    }

    @Test
    void anEndIsAnnouncedAnHourBeforeAndThenSomebodyHasToMendIt() {
        Instant end = NOW.plusSeconds(3600);
        assertThat(words(status(ending(null, null, end.plusSeconds(1))))).isEqualTo("True Valid, stalled False");
        assertThat(words(status(ending(null, null, end)))).isEqualTo("True Expiring, stalled False");
        assertThat(words(status(ending(null, new Standing.Trouble(Reason.CredentialExpired, "Mend it.", NOW), NOW))))
                .isEqualTo("False Expired, stalled True");
        assertThat(status(ending(null, null, end)).expiresAt()).isEqualTo("2026-03-01T13:00:00Z");
        assertThat(status(ending(null, null, end)).utilization()).hasSize(1);
        assertThat(status(standing(null, null, NOW)).utilization()).isNull();
    }

    @Test
    void itIsLookedAtWhenTimeAloneChangesWhatThereIsToSay() {
        Instant end = NOW.plusSeconds(9000);
        assertThat(CredentialStatuses.nextChange(ending(NOW.plusSeconds(60), null, end), NOW))
                .contains(NOW.plusSeconds(60));
        assertThat(CredentialStatuses.nextChange(ending(null, null, end), NOW)).contains(NOW.plusSeconds(1800));
        assertThat(CredentialStatuses.nextChange(ending(null, null, end), NOW.plusSeconds(1800)))
                .contains(NOW.plusSeconds(5400));
        assertThat(CredentialStatuses.nextChange(ending(null, null, end), NOW.plusSeconds(5400)))
                .contains(end);
        assertThat(CredentialStatuses.nextChange(ending(null, null, end), end)).isEmpty();
    }

    @Test
    void aConditionKeepsTheTimeOfItsLastChange() {
        ClaudeCredentialStatus before = status(standing(null, null, null));
        ClaudeCredentialStatus after =
                CredentialStatuses.of(credential(before), standing(null, null, NOW), NOW.plusSeconds(9));
        assertThat(condition(after, "Ready").lastTransitionTime()).isEqualTo(NOW.toString());
        assertThat(condition(
                                CredentialStatuses.of(
                                        credential(before),
                                        standing(NOW.plusSeconds(60), null, NOW),
                                        NOW.plusSeconds(9)),
                                "Ready")
                        .lastTransitionTime())
                .isEqualTo(NOW.plusSeconds(9).toString());
    }

    @Test
    void whatOnlyCountsCanWait() {
        ClaudeCredentialStatus before = status(standing(null, null, NOW));
        Standing busier = standing(null, null, NOW.plusSeconds(1)).counting(3, 9);
        assertThat(CredentialStatuses.sameButForCounts(before, CredentialStatuses.of(credential(before), busier, NOW)))
                .isTrue();
        assertThat(CredentialStatuses.sameButForCounts(
                        before,
                        CredentialStatuses.of(credential(before), standing(NOW.plusSeconds(60), null, NOW), NOW)))
                .isFalse();
        assertThat(CredentialStatuses.sameButForCounts(null, before)).isFalse();
    }

    @Test
    void aCredentialIsReadAsReadyFromItsStatus() {
        assertThat(CredentialStatuses.ready(status(standing(null, null, null)))).isTrue();
        assertThat(CredentialStatuses.ready(status(standing(NOW.plusSeconds(5), null, null))))
                .isFalse();
        assertThat(condition(status(standing(null, null, null)), "Ready").status())
                .isEqualTo(ConditionStatus.True);
        assertThat(List.of("Ready", "Stalled"))
                .isEqualTo(status(standing(null, null, null)).conditions().stream()
                        .map(Condition::type)
                        .toList());
    }
}
