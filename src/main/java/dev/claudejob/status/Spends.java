package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.Billing;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CredentialStatus;
import dev.claudejob.api.v1alpha1.Spend;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.summary.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the helper measured, by the job's credentials. */
final class Spends {
    /** A status holds no more. */
    private static final int MAX = 8;

    private Spends() {}

    /** Null when nothing was metered. */
    static @Nullable List<Spend> of(View view, Attempt attempt, @Nullable PodView pod, Summary summary) {
        if (pod == null || summary.meter().isEmpty()) {
            return null;
        }
        return sum(
                List.of(),
                summary.meter().stream()
                        .map(metered ->
                                spend(metered.total(), view, attempt, use(view.spec(), pod, metered.credential())))
                        .toList());
    }

    /** The job's own credential that an attempt's last request went out with; empty when no request did. */
    static Optional<Credentials.Use> lastUsed(
            ClaudeJobSpec spec, Attempt attempt, @Nullable PodView pod, Summary summary) {
        Summary.Proxy proxy = summary.proxy();
        // A ClaudeCredential is alone in its Pod, and may be another one by now.
        return pod == null || proxy == null || proxy.requests() == 0 || attempt.credentialRef() != null
                ? Optional.empty()
                : use(spec, pod, proxy.credential());
    }

    /** @param index in the helper's list; the job's own when somebody has written over the Pod's annotation */
    private static Optional<Credentials.Use> use(ClaudeJobSpec spec, PodView pod, int index) {
        return Credentials.named(spec, pod.position(index).orElse(index));
    }

    private static Spend spend(Summary.Usage total, View view, Attempt attempt, Optional<Credentials.Use> use) {
        String name = use.map(Credentials.Use::name).orElse("unknown");
        Billing billing = use.map(u -> billing(u.kind())).orElse(null);
        if (attempt.credentialRef() != null) {
            // The record tells what it was, whatever it is by now.
            ClaudeJobStatus status = view.status();
            CredentialStatus recorded = status == null ? null : status.credential();
            name = Objects.requireNonNullElse(attempt.credential(), name);
            billing = recorded == null ? null : recorded.billing();
        }
        return new Spend(name, billing, total.in(), total.out(), total.cacheRead(), total.cacheWrite());
    }

    /** Both, by credential and by who pays. Of more than fit the oldest are told together. */
    static @Nullable List<Spend> sum(@Nullable List<Spend> before, @Nullable List<Spend> more) {
        if (before == null || more == null) {
            return before == null ? more : before;
        }
        List<Spend> each = merged(Stream.concat(before.stream(), more.stream()));
        List<Spend> fitting = each;
        for (int oldest = 2; fitting.size() > MAX; oldest++) {
            fitting = merged(Stream.concat(
                    each.stream().limit(oldest).map(spend -> spend.named(Results.OTHERS)),
                    each.stream().skip(oldest)));
        }
        return fitting;
    }

    private static List<Spend> merged(Stream<Spend> spends) {
        record Account(String credential, @Nullable Billing billing) {}

        Map<Account, Spend> accounts = new LinkedHashMap<>();
        spends.forEach(s -> accounts.merge(new Account(s.credential(), s.billing()), s, Spend::plus));
        return List.copyOf(accounts.values());
    }

    static Billing billing(CredentialKind kind) {
        return switch (kind.billing()) {
            case SUBSCRIPTION -> Billing.Subscription;
            case METERED -> Billing.Metered;
            case CLOUD -> Billing.Cloud;
        };
    }
}
