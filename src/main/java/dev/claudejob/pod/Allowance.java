package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Counts;
import dev.claudejob.api.v1alpha1.Limits;
import dev.claudejob.api.v1alpha1.Spend;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an attempt may spend: the job's limits, less what earlier attempts took.
 *
 * @param outputTokens null for no limit; 0 when they are spent, and the first request is to be refused
 * @param maxBudgetUSD US dollars as a decimal string; null for no limit
 */
record Allowance(@Nullable Long outputTokens, @Nullable String maxBudgetUSD) {
    /** Claude Code takes no budget of 0. With this one it stops after the first answer. */
    private static final BigDecimal LEAST = new BigDecimal("0.000001");

    static Allowance of(ClaudeJob job) {
        Limits limits = job.getSpec().limits();
        if (limits == null) {
            return new Allowance(null, null);
        }
        return new Allowance(
                limits.maxOutputTokens() == null ? null : outputTokens(limits.maxOutputTokens(), job.getStatus()),
                limits.maxCostUSD() == null ? null : budget(limits.maxCostUSD(), job.getStatus()));
    }

    private static long outputTokens(long limit, @Nullable ClaudeJobStatus status) {
        List<Spend> spend = status == null ? null : status.spend();
        long spent = Objects.requireNonNullElse(spend, List.<Spend>of()).stream()
                .mapToLong(Spend::outputTokens)
                .reduce(0, Counts::sum);
        return Math.max(0, limit - spent);
    }

    private static String budget(String limit, @Nullable ClaudeJobStatus status) {
        String cost =
                status == null || status.usage() == null ? null : status.usage().costUSD();
        BigDecimal left = new BigDecimal(limit).subtract(cost == null ? BigDecimal.ZERO : new BigDecimal(cost));
        return left.max(LEAST).toPlainString();
    }
}
