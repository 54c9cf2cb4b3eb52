package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.CredentialFinding;
import dev.claudejob.api.v1alpha1.CredentialVerdict;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.api.v1alpha1.Utilization;
import dev.claudejob.claude.Outcome;
import dev.claudejob.summary.Summary;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt found out about its credential. It moves other jobs, so it takes the helper's measurements to say anything; what the agent
 * says can only make it say less.
 */
final class Verdicts {
    private static final int UNAUTHORIZED = 401;

    /** A Pod with a ClaudeCredential has no other credential. */
    private static final int ITS_OWN = 0;

    private Verdicts() {}

    /** Null when nothing was found out, such as when the API was never reached. */
    static @Nullable CredentialFinding of(Summary summary, Outcome outcome, Instant now) {
        Summary.Proxy proxy = summary.proxy();
        Summary.Limit limit = summary.limit();
        boolean limited = limit != null
                && "rejected".equals(limit.status())
                && Instant.ofEpochSecond(limit.resetsAt()).isAfter(now);
        if (limited && !outcome.succeeded()) {
            return finding(CredentialVerdict.UsageLimited, summary, now, limit);
        }
        if (proxy == null) {
            return null;
        }
        // Not by the status alone: a 400 may say it too, and the helper's own 402 says that a job has spent what it
        // may.
        if (unpaid(summary) && !outcome.succeeded()) {
            return finding(CredentialVerdict.BillingProblem, summary, now, null);
        }
        boolean refused = outcome.reason() == Reason.AuthFailed || outcome.reason() == Reason.CredentialExpired;
        if (answered(proxy, UNAUTHORIZED) && refused) {
            return finding(CredentialVerdict.AuthFailed, summary, now, null);
        }
        return proxy.ok() > 0 ? finding(CredentialVerdict.Accepted, summary, now, null) : null;
    }

    private static boolean answered(Summary.Proxy proxy, int status) {
        return proxy.status().getOrDefault(status, 0L) > 0;
    }

    private static boolean unpaid(Summary summary) {
        return summary.cooling().stream()
                .anyMatch(c -> c.credential() == ITS_OWN && c.trouble() == Summary.Trouble.BILLING);
    }

    private static CredentialFinding finding(
            CredentialVerdict verdict, Summary summary, Instant now, Summary.@Nullable Limit limit) {
        Summary.Outlook outlook = summary.outlook().stream()
                .filter(o -> o.credential() == ITS_OWN)
                .findFirst()
                .orElse(new Summary.Outlook(ITS_OWN, null, List.of()));
        List<Utilization> utilization =
                outlook.windows().stream().map(w -> utilization(w, now)).toList();
        return new CredentialFinding(
                now.truncatedTo(ChronoUnit.SECONDS).toString(),
                verdict,
                limit == null ? null : Instant.ofEpochSecond(limit.resetsAt()).toString(),
                limit == null ? null : limit.type(),
                outlook.expiresAt() == null
                        ? null
                        : Instant.ofEpochSecond(outlook.expiresAt()).toString(),
                utilization.isEmpty() ? null : utilization);
    }

    /** A node's clock may be ahead of ours: what it saw then would outlast what others see later. */
    private static Utilization utilization(Summary.Window window, Instant now) {
        return new Utilization(
                window.type(),
                window.percent(),
                Instant.ofEpochSecond(window.resetsAt()).toString(),
                Instant.ofEpochSecond(Math.min(window.seenAt(), now.getEpochSecond()))
                        .toString());
    }
}
