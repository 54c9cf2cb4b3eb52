package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialVerdict;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.summary.Summary;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt found out about its credential. It moves other jobs, so it takes the helper's measurements to say anything; what the agent
 * says can only make it say less.
 */
final class Verdicts {
    private static final int UNAUTHORIZED = 401;
    private static final int PAYMENT_REQUIRED = 402;

    private Verdicts() {}

    /** Null when nothing was found out, such as when the API was never reached. */
    static @Nullable CredentialFinding of(Summary summary, Outcome outcome, Instant now) {
        Summary.Proxy proxy = summary.proxy();
        Summary.Limit limit = summary.limit();
        boolean limited = limit != null
                && "rejected".equals(limit.status())
                && Instant.ofEpochSecond(limit.resetsAt()).isAfter(now);
        if (limited && !outcome.succeeded()) {
            return finding(CredentialVerdict.UsageLimited, now, limit);
        }
        if (proxy == null) {
            return null;
        }
        if (answered(proxy, PAYMENT_REQUIRED) && !outcome.succeeded()) {
            return finding(CredentialVerdict.BillingProblem, now, null);
        }
        if (answered(proxy, UNAUTHORIZED) && outcome.reason() == Reason.AuthFailed) {
            return finding(CredentialVerdict.AuthFailed, now, null);
        }
        return proxy.ok() > 0 ? finding(CredentialVerdict.Accepted, now, null) : null;
    }

    private static boolean answered(Summary.Proxy proxy, int status) {
        return proxy.status().getOrDefault(status, 0L) > 0;
    }

    private static CredentialFinding finding(CredentialVerdict verdict, Instant now, Summary.@Nullable Limit limit) {
        return new CredentialFinding(
                now.truncatedTo(ChronoUnit.SECONDS).toString(),
                verdict,
                limit == null ? null : Instant.ofEpochSecond(limit.resetsAt()).toString(),
                limit == null ? null : limit.type());
    }
}
