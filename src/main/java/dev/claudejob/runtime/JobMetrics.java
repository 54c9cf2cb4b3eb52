package dev.claudejob.runtime;

import dev.claudejob.act.JobListener;
import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CredentialStatus;
import dev.claudejob.api.v1alpha1.Spend;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Counts what became of jobs. No label names a job or a namespace: their number has no bound. */
final class JobMetrics implements JobListener {
    /** A subscription that ran out, say, and a metered key after it. */
    private static final String MIXED = "Mixed";

    private final MeterRegistry registry;

    JobMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void statusWritten(ClaudeJob job, @Nullable ClaudeJobStatus before) {
        ClaudeJobStatus now = Objects.requireNonNull(job.getStatus());
        boolean wasFinished =
                before != null && before.phase() != null && before.phase().finished();
        if (now.phase() == null || !now.phase().finished() || wasFinished) {
            return;
        }
        Counter.builder("claudejob.jobs.finished")
                .description("Jobs that finished")
                .tag("phase", now.phase().name())
                .tag("reason", Objects.requireNonNullElse(now.reason(), ""))
                .register(registry)
                .increment();
        Timer.builder("claudejob.job.duration")
                .description("From a job's creation to its end")
                .tag("phase", now.phase().name())
                .register(registry)
                .record(Duration.between(
                        Instant.parse(job.getMetadata().getCreationTimestamp()),
                        Instant.parse(Objects.requireNonNull(now.completionTime()))));
        if (now.spend() != null) {
            now.spend().forEach(this::tokens);
        }
        if (now.usage() != null && now.usage().costUSD() != null) {
            Counter.builder("claudejob.cost.usd")
                    .description("Cost by Claude Code's own reckoning, in US dollars")
                    .tag("billing", billing(now))
                    .register(registry)
                    .increment(Double.parseDouble(now.usage().costUSD()));
        }
    }

    /** How a job was paid: Claude Code does not tell the cost by credential. */
    private static String billing(ClaudeJobStatus status) {
        List<Billing> spent = status.spend() == null
                ? List.of()
                : status.spend().stream()
                        .map(Spend::billing)
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList();
        if (spent.size() > 1) {
            return MIXED;
        }
        CredentialStatus credential = status.credential();
        return credential == null || credential.billing() == null
                ? ""
                : credential.billing().name();
    }

    private void tokens(Spend spend) {
        tokens(spend, "input", spend.inputTokens());
        tokens(spend, "output", spend.outputTokens());
        tokens(spend, "cacheRead", spend.cacheReadInputTokens());
        tokens(spend, "cacheCreation", spend.cacheCreationInputTokens());
    }

    private void tokens(Spend spend, String type, long count) {
        Counter.builder("claudejob.tokens")
                .description("Tokens of finished jobs, as their helpers metered them")
                .tag("billing", spend.billing() == null ? "" : spend.billing().name())
                .tag("type", type)
                .register(registry)
                // Nobody keeps an upstream from correcting itself downwards, and a counter can't be.
                .increment((double) Math.max(0, count));
    }
}
