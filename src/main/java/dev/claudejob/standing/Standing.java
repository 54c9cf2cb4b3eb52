package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialError;
import dev.claudejob.api.v1alpha1.Reason;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a ClaudeCredential stands at one moment.
 *
 * @param credential what it is, as a job would list it
 * @param limitedUntil the end of a usage limit that lasts; null when there is none
 * @param limitType of that limit
 * @param trouble why jobs do not just start on it; null when nothing is known against it
 * @param lastUsed when the API is last known to have taken it
 * @param lastError when it last did not
 * @param active how many jobs use it
 * @param waiting how many jobs stand in line for it
 * @param slot whether the job that asks may start on it now
 */
public record Standing(
        Credential credential,
        @Nullable Instant limitedUntil,
        @Nullable String limitType,
        @Nullable Trouble trouble,
        @Nullable Instant lastUsed,
        @Nullable CredentialError lastError,
        int active,
        int waiting,
        boolean slot) {

    /**
     * A credential that does not work. At most one job at a time tries it.
     *
     * @param reason AuthFailed, BillingProblem or CredentialMissing
     * @param tryAt when the next job tries it; null while one does
     */
    public record Trouble(
            Reason reason, String message, @Nullable Instant tryAt) {
        /** True when a job with another credential does not wait for this one: a Secret that is missing is most likely on its way. */
        public boolean passedOver() {
            return PASSED_OVER.contains(reason);
        }
    }

    private static final List<Reason> PASSED_OVER = List.of(Reason.AuthFailed, Reason.BillingProblem);

    Standing counting(int activeJobs, int waitingJobs) {
        return new Standing(
                credential, limitedUntil, limitType, trouble, lastUsed, lastError, activeJobs, waitingJobs, slot);
    }

    Standing withSlot(boolean granted) {
        return new Standing(
                credential, limitedUntil, limitType, trouble, lastUsed, lastError, active, waiting, granted);
    }

    public boolean limited(Instant now) {
        return limitedUntil != null && now.isBefore(limitedUntil);
    }
}
