package dev.claudejob.controller;

import dev.claudejob.act.Actions;
import dev.claudejob.act.Step;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.decide.Decider;
import dev.claudejob.decide.Decision;
import dev.claudejob.observe.View;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reconciles ClaudeJobs. All that it knows is in the objects: it may be killed between any two steps. */
public final class ClaudeJobReconciler implements Reconciler<ClaudeJob> {
    private static final Logger log = LoggerFactory.getLogger(ClaudeJobReconciler.class);

    /** More steps than any job needs at once; a decision that repeats itself must not spin. */
    private static final int MAX_STEPS = 12;

    /** So many tries in vain, ever more seldom, take about ten seconds: what still fails is not about to pass. */
    private static final int LASTING = 3;

    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** A timer counts its own time: it would not notice that the clock was set. A look at the caches costs next to nothing. */
    private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

    private final Decider decider;
    private final Actions actions;
    private final JobCaches caches;
    private final CredentialCalls credentials;
    private final Clock clock;
    private final Pauses pauses = new Pauses();

    public ClaudeJobReconciler(
            Decider decider, Actions actions, JobCaches caches, CredentialCalls credentials, Clock clock) {
        this.decider = decider;
        this.actions = actions;
        this.caches = caches;
        this.credentials = credentials;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, ClaudeJob>> prepareEventSources(EventSourceContext<ClaudeJob> context) {
        return List.of(caches.podEventSource(context), caches.leftoverBell(), credentials.jobBell());
    }

    @Override
    public UpdateControl<ClaudeJob> reconcile(ClaudeJob job, Context<ClaudeJob> context) {
        caches.use(context);
        View view =
                View.of(job, context.getSecondaryResourcesAsStream(Pod.class), clock.instant(), credentials.book(job));
        boolean lasting = context.getRetryInfo()
                .map(retry -> retry.getAttemptCount() >= LASTING)
                .orElse(false);
        boolean inDoubt = false;
        try {
            for (int i = 0; i < MAX_STEPS; i++) {
                Decision decision = decider.decide(view);
                log.debug("{}", decision);
                // Of a status whose write failed nobody knows whether it is on record: the job may have its slot. Nor
                // after a conflict: it may be what an earlier write left on record, whose answer was lost.
                inDoubt = decision instanceof Decision.WriteStatus;
                Step step = actions.perform(view, decision, lasting);
                inDoubt = inDoubt && step instanceof Step.LookAgain;
                switch (step) {
                    case Step.Next next -> view = next.view();
                    case Step.LookAgain again -> {
                        return later(pauses.after(job, again.after()));
                    }
                    case Step.Done done -> {
                        pauses.forget(job);
                        return at(done.until());
                    }
                }
            }
            log.warn("still not settled after {} steps: {}", MAX_STEPS, decider.decide(view));
            return later(PAUSE);
        } finally {
            if (!inDoubt) {
                credentials.settled(job);
            }
        }
    }

    private UpdateControl<ClaudeJob> at(@Nullable Instant until) {
        if (until == null) {
            return UpdateControl.noUpdate();
        }
        Duration pause = Duration.between(clock.instant(), until);
        return later(pause.compareTo(LONGEST_SLEEP) > 0 ? LONGEST_SLEEP : pause);
    }

    private static UpdateControl<ClaudeJob> later(Duration pause) {
        Duration atLeast = Duration.ofMillis(50);
        return UpdateControl.<ClaudeJob>noUpdate().rescheduleAfter(pause.compareTo(atLeast) < 0 ? atLeast : pause);
    }
}
