package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialError;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.Utilization;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a ClaudeCredential stands at one moment.
 *
 * @param credential what it is, as a job would list it
 * @param name of the credential, as {@code <secret>/<key>}
 * @param maxConcurrentJobs how many jobs may use it at once; null: any number
 * @param limitedUntil the end of the last usage limit, which may be over; null when there was none
 * @param limitType of that limit
 * @param trouble why jobs do not just start on it; null when nothing is known against it
 * @param lastUsed when the API is last known to have taken it
 * @param lastError when it last did not
 * @param expiresAt when it ends; null when it does not say, or was taken after that
 * @param utilization how far its usage limits are used up, the fullest first
 * @param active how many jobs use it
 * @param waiting how many jobs stand in line for it
 * @param slot whether the job that asks may start on it now
 */
public record Standing(
        Credential credential,
        String name,
        @Nullable Integer maxConcurrentJobs,
        @Nullable Instant limitedUntil,
        @Nullable String limitType,
        @Nullable Trouble trouble,
        @Nullable Instant lastUsed,
        @Nullable CredentialError lastError,
        @Nullable Instant expiresAt,
        List<Utilization> utilization,
        int active,
        int waiting,
        boolean slot) {
    /** How long after a job was refused the next one tries. The operator sees no Secret: only a job can find out that it was mended. */
    public static final Duration TRY_AGAIN = Duration.ofMinutes(5);

    /**
     * A credential that does not work. At most one job at a time tries it.
     *
     * @param reason AuthFailed, BillingProblem, CredentialExpired or CredentialMissing
     * @param tryAt when the next job tries it; null while one does
     */
    public record Trouble(
            Reason reason, String message, @Nullable Instant tryAt) {
        /** True when a job with another credential does not wait for this one: a Secret that is missing is most likely on its way. */
        public boolean passedOver() {
            return PASSED_OVER.contains(reason);
        }
    }

    private static final List<Reason> PASSED_OVER =
            List.of(Reason.AuthFailed, Reason.BillingProblem, Reason.CredentialExpired);

    public Standing {
        utilization = List.copyOf(utilization);
    }

    Standing counting(int activeJobs, int waitingJobs) {
        return new Standing(
                credential,
                name,
                maxConcurrentJobs,
                limitedUntil,
                limitType,
                trouble,
                lastUsed,
                lastError,
                expiresAt,
                utilization,
                activeJobs,
                waitingJobs,
                slot);
    }

    Standing withSlot(boolean granted) {
        return new Standing(
                credential,
                name,
                maxConcurrentJobs,
                limitedUntil,
                limitType,
                trouble,
                lastUsed,
                lastError,
                expiresAt,
                utilization,
                active,
                waiting,
                granted);
    }

    /** True while its usage limit lasts. */
    public boolean limited(Instant now) {
        return limitedUntil != null && now.isBefore(limitedUntil);
    }

    /** When a job may use it after its usage limit; null when there was none. Where there is a line, the line is spread enough. */
    public @Nullable Instant freeAgain(String jobUid, int attempt) {
        return limitedUntil == null
                ? null
                : limitedUntil.plusSeconds(1 + (maxConcurrentJobs == null ? Spread.of(jobUid, attempt) : 0));
    }

    /** True while this job has to wait for the end of a usage limit. */
    boolean closedTo(JobFacts job, Instant now) {
        Instant free = freeAgain(job.uid(), job.attempt());
        return free != null && now.isBefore(free);
    }
}
