package dev.claudejob.controller;

import dev.claudejob.act.CredentialWrites;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import dev.claudejob.standing.CredentialStatuses;
import dev.claudejob.standing.Standing;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.controller.ControllerEventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes into each ClaudeCredential how it stands. Who may start is not decided here: jobs ask the desk. */
public final class ClaudeCredentialReconciler implements Reconciler<ClaudeCredential> {
    /** What only counts is written this often at most: jobs come and go by the hundred. */
    static final Duration COUNTS_PAUSE = Duration.ofSeconds(5);

    /** How soon to look again at what only time changes: whether an agent is past its first request. */
    private static final Duration PROOF_PAUSE = Duration.ofSeconds(16);

    /** A timer counts its own time: it would not notice that the clock was set. */
    private static final Duration LONGEST_SLEEP = Duration.ofMinutes(10);

    private static final Duration SOON = Duration.ofMillis(100);

    private final CredentialCalls calls;
    private final CredentialWrites writes;
    private final CredentialListener listener;
    private final Clock clock;
    private final Map<String, Instant> written = new ConcurrentHashMap<>();
    private final Pauses pauses = new Pauses();
    private volatile @Nullable Cache<ClaudeCredential> cache;

    public ClaudeCredentialReconciler(
            CredentialCalls calls, CredentialWrites writes, CredentialListener listener, Clock clock) {
        this.calls = calls;
        this.writes = writes;
        this.listener = listener;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, ClaudeCredential>> prepareEventSources(EventSourceContext<ClaudeCredential> context) {
        cache = context.getPrimaryCache();
        return List.of(calls.credentialBell(), new Bell<>("gone", c -> {}, this::forget));
    }

    /** All that the cache knows. */
    public Stream<ClaudeCredential> all() {
        Cache<ClaudeCredential> known = cache;
        return known == null ? Stream.empty() : known.list();
    }

    private void forget(ClaudeCredential gone) {
        written.remove(gone.getMetadata().getUid());
        listener.gone(gone);
    }

    @Override
    public UpdateControl<ClaudeCredential> reconcile(ClaudeCredential credential, Context<ClaudeCredential> context) {
        calls.seen(credential);
        Optional<Standing> standing = calls.standing(credential);
        if (standing.isEmpty()) {
            return UpdateControl.noUpdate();
        }
        Instant now = clock.instant();
        ClaudeCredentialStatus status = CredentialStatuses.of(credential, standing.get(), now);
        listener.stands(credential, status);
        if (status.equals(credential.getStatus())) {
            return again(standing.get(), now);
        }
        String uid = credential.getMetadata().getUid();
        Instant due = written.getOrDefault(uid, Instant.EPOCH).plus(COUNTS_PAUSE);
        if (now.isBefore(due) && CredentialStatuses.sameButForCounts(credential.getStatus(), status)) {
            return later(Duration.between(now, due));
        }
        Optional<ClaudeCredential> updated = writes.status(credential, status);
        if (updated.isEmpty()) {
            return later(pauses.after(credential, SOON));
        }
        pauses.forget(credential);
        written.put(uid, now);
        ControllerEventSource<ClaudeCredential> source =
                context.eventSourceRetriever().getControllerEventSource();
        source.handleRecentResourceUpdate(ResourceID.fromResource(credential), updated.get(), credential);
        calls.seen(updated.get());
        return again(standing.get(), now);
    }

    private static UpdateControl<ClaudeCredential> again(Standing standing, Instant now) {
        boolean unproved = standing.active() > 0 && (standing.trouble() != null || standing.lastUsed() == null);
        Optional<Duration> change = CredentialStatuses.nextChange(standing, now)
                .map(at -> Duration.between(now, at).plusMillis(500));
        if (unproved) {
            return later(change.filter(c -> c.compareTo(PROOF_PAUSE) < 0).orElse(PROOF_PAUSE));
        }
        return change.map(c -> later(c.compareTo(LONGEST_SLEEP) > 0 ? LONGEST_SLEEP : c))
                .orElseGet(UpdateControl::noUpdate);
    }

    private static UpdateControl<ClaudeCredential> later(Duration pause) {
        return UpdateControl.<ClaudeCredential>noUpdate().rescheduleAfter(pause.compareTo(SOON) < 0 ? SOON : pause);
    }
}
