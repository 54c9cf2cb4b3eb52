package dev.claudejob.claude;

import dev.claudejob.api.v1alpha1.Reason;
import org.jspecify.annotations.Nullable;

/** What may help an attempt that failed. docs/troubleshooting.md has the same in its table. */
public enum Remedy {
    /** Repeating it would only cost. */
    NONE,
    /** Another attempt after a pause, which spends a retry. */
    AGAIN,
    /** Another attempt with the job's next credential, or with the same one once its limit has reset. */
    OTHER_CREDENTIAL;

    /** True when a job whose status has this reason pauses before the next attempt. For a credential it does not: another may be had at once. */
    public static boolean pauses(@Nullable String reason) {
        return reason != null && of(Reason.valueOf(reason)) == AGAIN;
    }

    /** By the attempt's reason. */
    public static Remedy of(Reason reason) {
        return switch (reason) {
            case UsageLimit, AuthFailed, CredentialMissing, CredentialExpired, BillingProblem -> OTHER_CREDENTIAL;
            case RateLimited, Overloaded, NetworkError, Evicted, NodeLost, PodRejected, PodLost -> AGAIN;
            default -> NONE;
        };
    }
}
