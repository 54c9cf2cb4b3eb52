package dev.claudejob.runtime;

import dev.claudejob.act.Actions;
import dev.claudejob.act.CredentialWrites;
import dev.claudejob.act.JobEvents;
import dev.claudejob.act.LookUps;
import dev.claudejob.act.PodActions;
import dev.claudejob.controller.ClaudeCredentialReconciler;
import dev.claudejob.controller.ClaudeJobReconciler;
import dev.claudejob.controller.CredentialCalls;
import dev.claudejob.controller.JobCaches;
import dev.claudejob.controller.OrphanSweep;
import dev.claudejob.decide.Decider;
import dev.claudejob.pod.PodBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.Cloner;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetrics;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The operator, wired: one active replica, elected by a Lease. */
public final class ClaudeJobOperator {
    private static final int RECONCILE_THREADS = 8;
    private static final long SCAN_PAUSE_SECONDS = 10;
    private static final int MAX_EVENTS_WAITING = 1000;
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final Operator operator;
    private final KubernetesClient client;
    private final Leadership leadership;
    private final Health health;
    private final OrphanSweep sweep;
    private final JobCaches caches;
    private final CredentialCalls credentials;
    private final ClaudeCredentialReconciler credentialReconciler;
    private final ScheduledExecutorService sweeper = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("sweep").daemon().factory());
    private final ExecutorService events = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_EVENTS_WAITING),
            Thread.ofPlatform().name("events").daemon().factory());

    public ClaudeJobOperator(
            KubernetesClient client, OperatorConfig config, MeterRegistry registry, Clock clock, Replica replica) {
        this.client = client;
        leadership = new Leadership(client, clock, replica);
        sweep = new OrphanSweep(client, sweeper, clock);
        caches = new JobCaches(sweep);
        credentials = new CredentialCalls(clock);
        JobMetrics metrics = new JobMetrics(registry);
        Actions actions = new Actions(
                client,
                new PodActions(client, new PodBuilder(config.podSettings()), caches),
                new LookUps(client),
                new JobEvents(client, events, clock),
                (job, before) -> {
                    credentials.statusWritten(job, before);
                    metrics.statusWritten(job, before);
                },
                caches);
        operator = new Operator(o -> {
            o.withKubernetesClient(client)
                    .withCloseClientOnStop(false)
                    .withConcurrentReconciliationThreads(RECONCILE_THREADS)
                    .withConcurrentWorkflowExecutorThreads(1)
                    .withReconciliationTerminationTimeout(STOP_TIMEOUT)
                    .withStopOnInformerErrorDuringStartup(true)
                    // Objects in the caches are only read: a change is made on a new object.
                    .withCloneSecondaryResourcesWhenGettingFromCache(false)
                    .withResourceCloner(new SameObject())
                    // The answer to a write is newer than what a watch has brought meanwhile: else a step is done
                    // twice.
                    .withParseResourceVersions(true)
                    .withMetrics(MicrometerMetrics.withoutPerResourceMetrics(registry));
            if (config.leaderElection()) {
                o.withLeaderElectionConfiguration(leadership.configuration());
            }
        });
        health = new Health(() -> operator.getRuntimeInfo().allEventSourcesAreHealthy(), clock);
        register(
                new ClaudeJobReconciler(new Decider(config.decideSettings()), actions, caches, credentials, clock),
                "claudejob",
                config.watchNamespaces());
        credentialReconciler = new ClaudeCredentialReconciler(
                credentials, new CredentialWrites(client), new CredentialMetrics(registry, clock), clock);
        register(credentialReconciler, "claudecredential", config.watchNamespaces());
    }

    private <P extends HasMetadata> void register(Reconciler<P> reconciler, String name, Set<String> namespaces) {
        operator.register(reconciler, c -> {
            c.withName(name)
                    // Our own status writes come back as events, and prove that the cache has them.
                    .withGenerationAware(false)
                    .withInformerListLimit(JobCaches.LIST_PAGE)
                    .withRetry(new GenericRetry()
                            .setInitialInterval(500)
                            .setIntervalMultiplier(2)
                            .setMaxInterval(30_000)
                            .setMaxAttempts(-1));
            if (!namespaces.isEmpty()) {
                c.settingNamespaces(namespaces);
            }
        });
    }

    /** A clone is a trip through JSON: slow, and it fails for a job that is nested deeper than a stack. */
    private static final class SameObject implements Cloner {
        @Override
        public <R extends HasMetadata> R clone(R object) {
            return object;
        }
    }

    /** Starts the informers, or waits in the background to be elected. */
    public void start() {
        sweep.start();
        ScheduledFuture<?> unused =
                sweeper.scheduleWithFixedDelay(caches::scan, SCAN_PAUSE_SECONDS, SCAN_PAUSE_SECONDS, TimeUnit.SECONDS);
        operator.start();
        credentials.open(credentialReconciler.all(), caches.allJobs());
    }

    /** Lets reconciles under way finish, gives the Lease back and closes the client. */
    public void stop() {
        leadership.stopping();
        sweeper.shutdownNow();
        operator.stop();
        events.shutdown();
        leadership.release();
        client.close();
    }

    /** False when a restart is due. */
    public boolean healthy() {
        return !started() || health.good();
    }

    /** True once started; a replica that waits to be elected is ready too. */
    public boolean started() {
        return operator.getRuntimeInfo().isStarted();
    }
}
