package dev.claudejob.runtime;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.controller.CredentialListener;
import dev.claudejob.standing.CredentialStatuses;
import dev.claudejob.standing.Gone;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** How ClaudeCredentials stand. Their names are labels: unlike jobs they are few, and stay. */
final class CredentialMetrics implements CredentialListener {
    private final MeterRegistry registry;
    private final InstantSource clock;
    private final Gone gone = new Gone();
    private final Map<String, Shown> shown = new ConcurrentHashMap<>();

    CredentialMetrics(MeterRegistry registry, InstantSource clock) {
        this.registry = registry;
        this.clock = clock;
    }

    private static final class Shown {
        private volatile ClaudeCredentialStatus status;
        private List<Meter> meters = List.of();

        Shown(ClaudeCredentialStatus status) {
            this.status = status;
        }
    }

    @Override
    public void stands(ClaudeCredential credential, ClaudeCredentialStatus status) {
        shown.compute(credential.getMetadata().getUid(), (uid, known) -> {
            if (gone.contains(uid)) {
                // A reconcile that began before it was deleted.
                return null;
            }
            Shown one = known == null ? show(credential, status) : known;
            one.status = status;
            return one;
        });
    }

    @Override
    public void gone(ClaudeCredential credential) {
        gone.add(credential.getMetadata().getUid());
        Shown was = shown.remove(credential.getMetadata().getUid());
        if (was != null) {
            was.meters.forEach(registry::remove);
        }
    }

    private Shown show(ClaudeCredential credential, ClaudeCredentialStatus status) {
        Shown one = new Shown(status);
        Tags tags = Tags.of(
                "namespace", credential.getMetadata().getNamespace(),
                "name", credential.getMetadata().getName());
        one.meters = List.of(
                gauge(
                        one,
                        tags,
                        "claudejob.credential.ready",
                        "1 while nothing is known against it",
                        s -> CredentialStatuses.ready(s) ? 1 : 0),
                gauge(
                        one,
                        tags,
                        "claudejob.credential.limited.seconds",
                        "Seconds until its usage limit resets",
                        s -> secondsUntil(s.limitedUntil())),
                gauge(
                        one,
                        tags,
                        "claudejob.credential.expires.seconds",
                        "Seconds until it ends; NaN where it does not say",
                        s -> s.expiresAt() == null ? Double.NaN : secondsUntil(s.expiresAt())),
                gauge(
                        one,
                        tags,
                        "claudejob.credential.utilization.ratio",
                        "How far the fullest of its usage limits is used up, 0 to 1; NaN where nobody knows",
                        CredentialMetrics::fullest),
                gauge(
                        one,
                        tags,
                        "claudejob.credential.jobs.active",
                        "Jobs that use it",
                        s -> Objects.requireNonNullElse(s.activeJobs(), 0)),
                gauge(
                        one,
                        tags,
                        "claudejob.credential.jobs.waiting",
                        "Jobs that wait for it",
                        s -> Objects.requireNonNullElse(s.waitingJobs(), 0)));
        return one;
    }

    private Gauge gauge(
            Shown one, Tags tags, String name, String description, ToDoubleFunction<ClaudeCredentialStatus> value) {
        return Gauge.builder(name, one, o -> value.applyAsDouble(o.status))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static double fullest(ClaudeCredentialStatus status) {
        return status.utilization() == null || status.utilization().isEmpty()
                ? Double.NaN
                : status.utilization().getFirst().percent() / 100.0;
    }

    private double secondsUntil(@Nullable String time) {
        return time == null
                ? 0
                : Math.max(
                        0,
                        Duration.between(clock.instant(), Instant.parse(time)).toSeconds());
    }
}
