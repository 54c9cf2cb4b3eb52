package dev.claudejob.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import dev.claudejob.runtime.Replica;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** Carries plans out, on a real kube-apiserver, with a kubelet that is played and keeps the ledger of starts. */
final class Campaign {
    /** More than the longest backoff that a few faults lead to. */
    static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Short, for a plan waits until a Lease has expired. */
    private static final Function<Runnable, Replica.Terms> TERMS =
            lost -> new Replica.Terms(Duration.ofSeconds(4), Duration.ofSeconds(3), Duration.ofMillis(500), lost);

    private static final Duration QUIET = Duration.ofSeconds(1);

    private final ApiServer api;
    private final KubernetesClient client;

    private final Mistake mistake;
    private final Duration patience;

    /** @param patience for what must come about at last */
    Campaign(ApiServer api, Mistake mistake, Duration patience) {
        this.api = api;
        this.mistake = mistake;
        this.patience = patience;
        client = api.client();
    }

    /**
     * How a plan went.
     *
     * @param met what disturbed it
     * @param violation what it broke; null when it held
     */
    record Outcome(
            Plan plan,
            List<String> met,
            Duration took,
            @Nullable String violation) {}

    Outcome run(Plan plan) {
        long began = System.nanoTime();
        String namespace = api.newNamespace();
        List<Line> lines = new CopyOnWriteArrayList<>();
        List<TestOperator> operators = new CopyOnWriteArrayList<>();
        String violation = null;
        try (FakeKubelet kubelet = new FakeKubelet(client, namespace);
                Chronicle chronicle = new Chronicle(client, namespace)) {
            kubelet.attemptsEnd(plan.life()::exitCode, plan.life()::summary);
            try {
                play(plan, namespace, kubelet, lines, operators);
                check(plan, namespace, kubelet, lines);
                assertThat(chronicle.steps())
                        .as("an end that is on record stays")
                        .satisfies(Chronicle::onlyForward);
            } catch (AssertionError | RuntimeException e) {
                violation = e + "; starts " + kubelet.starts() + "; writes "
                        + lines.stream().map(Line::writes).toList();
            }
        }
        List<String> met = lines.stream().flatMap(line -> line.met().stream()).toList();
        lines.forEach(Line::close);
        operators.forEach(operator -> Thread.ofVirtual().start(operator::close));
        return new Outcome(plan, met, Duration.ofNanos(System.nanoTime() - began), violation);
    }

    private void play(
            Plan plan, String namespace, FakeKubelet kubelet, List<Line> lines, List<TestOperator> operators) {
        Line first = line(plan.faults(), lines);
        if (plan.life() == Plan.Life.IS_CANCELLED) {
            kubelet.hold(Stage.END);
        }
        if (plan.disturbance() instanceof Plan.Disturbance.Elected) {
            startElected(first, namespace, lines, operators);
            eventually().until(() -> !leader(namespace).isEmpty());
            startElected(line(call -> new Fault.None(), lines), namespace, lines, operators);
        }
        ClaudeJob job = new JobsOfANamespace(client, namespace).create("job", "retry: {limit: 1, backoffSeconds: 1}");
        if (operators.isEmpty()) {
            start(first, namespace, operators);
        }
        switch (plan.disturbance()) {
            // A write that is saved when two states follow each other quickly never comes.
            case Plan.Disturbance.Death death -> {
                BooleanSupplier dead = death.moment() == Plan.Disturbance.Moment.BEFORE_IT_IS_SENT
                        ? () -> !first.met().isEmpty()
                        : first::isCut;
                cancelOnceRunningIfPlanned(plan, job, dead);
                eventually().until(() -> dead.getAsBoolean() || over(job, namespace));
                first.cut();
                start(line(call -> new Fault.None(), lines), namespace, operators);
            }
            case Plan.Disturbance.Pause pause -> {
                cancelOnceRunningIfPlanned(plan, job, () -> !first.met().isEmpty());
                eventually().until(() -> !first.met().isEmpty() || over(job, namespace));
                Line second = line(call -> new Fault.None(), lines);
                start(second, namespace, operators);
                cancelOnceRunningIfPlanned(plan, job, () -> false);
                eventually().until(() -> finished(job));
                if (pause.podsGone()) {
                    eventually().until(() -> over(job, namespace));
                    deletePods(namespace);
                }
                if (pause.createsLate()) {
                    second.cut();
                    first.thaw();
                    eventually().until(() -> first.met().size() == 2);
                    eventually().until(() -> {
                        List<PodView> made = pods(namespace);
                        return !made.isEmpty() && made.stream().allMatch(p -> p.gated() || p.phaseTerminal());
                    });
                }
                first.thaw();
            }
            case Plan.Disturbance.Elected elected -> {
                cancelOnceRunningIfPlanned(plan, job, () -> !first.met().isEmpty());
                eventually().until(() -> !first.met().isEmpty() || over(job, namespace));
                if (elected.illness() == Plan.Disturbance.Illness.IS_ALONE
                        && !first.met().isEmpty()) {
                    eventually().until(first::isCut);
                }
                cancelOnceRunningIfPlanned(plan, job, () -> false);
                eventually().until(() -> finished(job));
                if (!first.met().isEmpty()) {
                    eventually().until(() -> !leader(namespace).equals("replica-1"));
                }
                if (elected.illness() == Plan.Disturbance.Illness.IS_PAUSED_AND_PODS_GO) {
                    eventually().until(() -> over(job, namespace));
                    deletePods(namespace);
                }
                // Its threads go on until one of them notices: here none ever does.
                first.thaw();
            }
            case Plan.Disturbance.Absence absence -> {
                eventually().until(first::isCut);
                eventually().until(() -> pods(namespace).stream().allMatch(PodView::phaseTerminal));
                client.pods().inNamespace(namespace).delete();
                start(line(call -> new Fault.None(), lines), namespace, operators);
            }
            case Plan.Disturbance.Outage outage -> {}
            case Plan.Disturbance.Faults faults -> {}
        }
        cancelOnceRunningIfPlanned(plan, job, () -> false);
        eventually().until(() -> finished(job));
    }

    private void deletePods(String namespace) {
        client.pods().inNamespace(namespace).delete();
        eventually().until(() -> pods(namespace).isEmpty());
    }

    /** Unless something else happens first. */
    private void cancelOnceRunningIfPlanned(Plan plan, ClaudeJob job, BooleanSupplier unless) {
        if (plan.life() != Plan.Life.IS_CANCELLED) {
            return;
        }
        eventually().until(() -> unless.getAsBoolean() || phase(job) == Phase.Running || finished(job));
        if (phase(job) == Phase.Running) {
            client.resource(job).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"cancel\":true}}");
        }
    }

    private Line line(Function<Line.Call, Fault> faults, List<Line> lines) {
        Line line = new Line(Config.fromKubeconfig(api.kubeconfig()), faults, mistake);
        lines.add(line);
        return line;
    }

    /** A start that a fault spoils is repeated, as the kubelet would. */
    private static void start(Line line, String namespace, List<TestOperator> operators) {
        for (int i = 0; i < 20 && !line.isCut(); i++) {
            try {
                operators.add(TestOperator.startAt(line.url(), namespace));
                return;
            } catch (RuntimeException e) {
                if (i == 19) {
                    throw e;
                }
            }
        }
    }

    /**
     * One that has lost its Lease ends at once, as its JVM would, unless it is stopped and can't know. The first is gone for good; any other, which
     * only a busy machine makes late, is started again, as a kubelet would.
     */
    private void startElected(Line line, String namespace, List<Line> lines, List<TestOperator> operators) {
        Runnable end = () -> {
            if (line.isFrozen() || line.isCut()) {
                return;
            }
            line.cut();
            if (lines.indexOf(line) > 0) {
                startElected(line(call -> new Fault.None(), lines), namespace, lines, operators);
            }
        };
        String name = "replica-" + (lines.indexOf(line) + 1);
        operators.add(
                TestOperator.startElected(line.url(), new Replica(namespace, name, Replica.LEASE, TERMS.apply(end))));
    }

    private String leader(String namespace) {
        Lease lease =
                client.leases().inNamespace(namespace).withName(Replica.LEASE).get();
        return lease == null ? "" : Objects.requireNonNullElse(lease.getSpec().getHolderIdentity(), "");
    }

    private @Nullable ClaudeJobStatus status(ClaudeJob job) {
        return client.resource(job).get().getStatus();
    }

    private @Nullable Phase phase(ClaudeJob job) {
        ClaudeJobStatus status = status(job);
        return status == null ? null : status.phase();
    }

    private boolean finished(ClaudeJob job) {
        Phase phase = phase(job);
        return phase != null && phase.finished();
    }

    private boolean over(ClaudeJob job, String namespace) {
        return finished(job) && pods(namespace).stream().noneMatch(PodView::held);
    }

    private void check(Plan plan, String namespace, FakeKubelet kubelet, List<Line> lines) {
        ClaudeJob job = client.resources(ClaudeJob.class)
                .inNamespace(namespace)
                .withName("job")
                .get();
        eventually()
                .untilAsserted(() -> assertThat(pods(namespace))
                        .filteredOn(pod -> pod.held() || (pod.gated() && !pod.deleting()))
                        .extracting(PodView::name)
                        .as("Pods that are held, or left at their gate")
                        .isEmpty());
        eventually()
                .pollInterval(Duration.ofMillis(50))
                .until(() -> lines.stream().mapToInt(l -> l.writes().size()).sum(), new Still());
        ClaudeJobStatus status = status(job);
        assertThat(status).isNotNull();
        assertThat(status.phase().name()).as(status.message()).isEqualTo(plan.life().end);
        List<Attempt> attempts = status.attempts() == null ? List.of() : status.attempts();
        assertThat(kubelet.starts()).as("starts of an agent").doesNotHaveDuplicates();
        assertThat(kubelet.starts())
                .as("attempts on record and starts")
                .hasSameSizeAs(attempts)
                .hasSize(plan.life().attempts);
        assertThat(attempts).as("every end is on record").allMatch(Attempt::ended);
        if (plan.life().end.equals("Succeeded")) {
            assertThat(status.result().text()).as("the result is not lost").isEqualTo("Done.");
        }
    }

    private List<PodView> pods(String namespace) {
        return client.pods().inNamespace(namespace).withLabelSelector(PodNames.POD_SELECTOR).list().getItems().stream()
                .map(PodView::new)
                .toList();
    }

    /** A dead operator's threads may throw what they like. */
    private ConditionFactory eventually() {
        return await().dontCatchUncaughtExceptions()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(patience);
    }

    /** True once a number has not changed for a while: writes have stopped. */
    private static final class Still implements Predicate<Integer> {
        private int last = -1;
        private long since;

        @Override
        public boolean test(Integer now) {
            if (now != last) {
                last = now;
                since = System.nanoTime();
            }
            return System.nanoTime() - since > QUIET.toNanos();
        }
    }
}
