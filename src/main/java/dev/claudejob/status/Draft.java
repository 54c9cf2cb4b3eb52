package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CliStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.CredentialStatus;
import dev.claudejob.api.v1alpha1.PermissionDenial;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Result;
import dev.claudejob.api.v1alpha1.SessionStatus;
import dev.claudejob.api.v1alpha1.Spend;
import dev.claudejob.api.v1alpha1.Usage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A status in the making: what it was before, but for what is set. */
final class Draft {
    @Nullable
    Long observedGeneration;

    @Nullable
    Phase phase;

    @Nullable
    String reason;

    @Nullable
    String message;

    @Nullable
    List<Condition> conditions;

    @Nullable
    String startTime;

    @Nullable
    String completionTime;

    @Nullable
    Long durationSeconds;

    @Nullable
    Integer attempt;

    @Nullable
    Integer retries;

    @Nullable
    String resumeAt;

    @Nullable
    List<Attempt> attempts;

    @Nullable
    CredentialStatus credential;

    @Nullable
    List<Cooldown> cooldowns;

    @Nullable
    SessionStatus session;

    @Nullable
    Result result;

    @Nullable
    Usage usage;

    @Nullable
    List<Spend> spend;

    @Nullable
    List<PermissionDenial> permissionDenials;

    @Nullable
    CliStatus cli;

    Draft(@Nullable ClaudeJobStatus before) {
        if (before == null) {
            return;
        }
        observedGeneration = before.observedGeneration();
        phase = before.phase();
        reason = before.reason();
        message = before.message();
        conditions = before.conditions();
        startTime = before.startTime();
        completionTime = before.completionTime();
        durationSeconds = before.durationSeconds();
        attempt = before.attempt();
        retries = before.retries();
        resumeAt = before.resumeAt();
        attempts = before.attempts();
        credential = before.credential();
        cooldowns = before.cooldowns();
        session = before.session();
        result = before.result();
        usage = before.usage();
        spend = before.spend();
        permissionDenials = before.permissionDenials();
        cli = before.cli();
    }

    ClaudeJobStatus build() {
        return new ClaudeJobStatus(
                observedGeneration,
                phase,
                reason,
                message,
                conditions,
                startTime,
                completionTime,
                durationSeconds,
                attempt,
                retries,
                resumeAt,
                orNull(attempts),
                credential,
                orNull(cooldowns),
                session,
                result,
                usage,
                spend,
                permissionDenials,
                cli);
    }

    private static <T> @Nullable List<T> orNull(@Nullable List<T> list) {
        return list == null || list.isEmpty() ? null : List.copyOf(list);
    }
}
