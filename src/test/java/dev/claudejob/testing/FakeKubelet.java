package dev.claudejob.testing;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.Binding;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/**
 * A scheduler and a kubelet for one namespace of an apiserver that has neither. It takes each Pod through its life, one write at a time, as a
 * real node was seen to; a Pod at a gate never starts, because the apiserver itself refuses to bind it. Tests can hold it before any stage.
 */
public final class FakeKubelet implements AutoCloseable {
    /** What it can be held before. */
    public enum Stage {
        /** A node is chosen. */
        BIND,
        /** The containers start. */
        START,
        /** The helper is ready. */
        READY,
        /** The agent ends. */
        END
    }

    private final KubernetesClient client;
    private final String namespace;
    private final SharedIndexInformer<Pod> informer;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("fake-kubelet").daemon().factory());
    private final Set<Stage> held = ConcurrentHashMap.newKeySet();
    private final List<String> starts = new CopyOnWriteArrayList<>();
    private final Set<String> started = ConcurrentHashMap.newKeySet();
    private volatile IntUnaryOperator exitCode = attempt -> 0;
    private volatile IntFunction<String> summary = attempt -> PodStory.GOOD;

    public FakeKubelet(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
        informer = client.pods().inNamespace(namespace).inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(Pod pod) {
                look(pod);
            }

            @Override
            public void onUpdate(Pod before, Pod pod) {
                look(pod);
            }

            @Override
            public void onDelete(Pod pod, boolean unknown) {}
        });
    }

    /** Pods do not go past the beginning of these stages. */
    public FakeKubelet hold(Stage... stages) {
        held.addAll(Set.of(stages));
        return this;
    }

    /** They do again. */
    public void letGo(Stage... stages) {
        held.removeAll(Set.of(stages));
        informer.getStore().list().forEach(this::look);
    }

    /** How agents end from now on. */
    public void agentsEnd(int code, String helperSays) {
        attemptsEnd(attempt -> code, attempt -> helperSays);
    }

    /** The same by the attempt's number. */
    public void attemptsEnd(IntUnaryOperator code, IntFunction<String> helperSays) {
        exitCode = code;
        summary = helperSays;
    }

    /** Each start of an agent, as {@code <uid of the job>/<attempt>}. */
    public List<String> starts() {
        return List.copyOf(starts);
    }

    /** The start of a job's first attempt, as {@link #starts()} has it. */
    public static String startOf(ClaudeJob job) {
        return start(job.getMetadata().getUid(), 1);
    }

    public static String startOf(ClaudeJob job, int attempt) {
        return start(job.getMetadata().getUid(), attempt);
    }

    private static String start(String jobUid, int attempt) {
        return jobUid + "/" + attempt;
    }

    private void look(Pod seen) {
        try {
            worker.execute(() -> move(seen.getMetadata().getName()));
        } catch (RejectedExecutionException e) {
            // The test is over.
        }
    }

    /** One step; its write is an event that brings the next. */
    private void move(String name) {
        try {
            Pod pod = client.pods().inNamespace(namespace).withName(name).get();
            if (pod != null && pod.getMetadata().getLabels().containsKey(PodNames.JOB_UID_LABEL)) {
                move(new PodStory(pod), new PodView(pod));
            }
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            // Somebody was faster, and what they wrote is an event too.
        }
    }

    private void move(PodStory pod, PodView view) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        if (view.gated()) {
            return;
        }
        if (pod.pod().getSpec().getNodeName() == null) {
            if (!view.deleting() && !held.contains(Stage.BIND)) {
                bind(pod.pod());
            }
        } else if (view.acknowledged().isEmpty()) {
            write(pod.onNode(now));
        } else if (view.phaseTerminal()) {
            if (view.deleting()) {
                confirmDeletion(pod.pod());
            }
        } else if (view.deleting() || view.stopRequested()) {
            PodStory killed = pod.agentEnded(143, now).helperEnded(PodStory.NOTHING, now);
            write(
                    view.deleting()
                            ? killed.phase("Failed")
                            : killed.failed("DeadlineExceeded", "Pod was active on the node longer than the deadline"));
        } else if (view.agentEnd().isPresent()) {
            write(
                    view.helperEnded()
                            ? pod.phase(exitCode.applyAsInt(view.attempt()) == 0 ? "Succeeded" : "Failed")
                            : pod.helperEnded(summary.apply(view.attempt()), now));
        } else if (view.agentRunningSince().isEmpty()) {
            if (!held.contains(Stage.START)) {
                // A write that somebody was faster than is tried again: that is no second start.
                if (started.add(view.uid())) {
                    starts.add(start(pod.pod().getMetadata().getLabels().get(PodNames.JOB_UID_LABEL), view.attempt()));
                }
                write(pod.agentRunning(now));
            }
        } else if (!view.helperReady()) {
            if (!held.contains(Stage.READY)) {
                write(pod.ready(true, now));
            }
        } else if (!held.contains(Stage.END)) {
            write(pod.agentEnded(exitCode.applyAsInt(view.attempt()), now));
        }
    }

    private void write(PodStory told) {
        client.resource(told.pod()).updateStatus();
    }

    private void bind(Pod pod) {
        Binding binding = new BindingBuilder()
                .withNewMetadata()
                .withName(pod.getMetadata().getName())
                .endMetadata()
                .withNewTarget()
                .withKind("Node")
                .withName("fake-node")
                .endTarget()
                .build();
        client.raw(
                "/api/v1/namespaces/" + namespace + "/pods/" + pod.getMetadata().getName() + "/binding",
                "POST",
                binding);
    }

    /** All its containers have ended: a kubelet then deletes a Pod for good, but for its finalizers. */
    private void confirmDeletion(Pod pod) {
        Long grace = pod.getMetadata().getDeletionGracePeriodSeconds();
        if (grace == null || grace != 0) {
            client.resource(pod).withGracePeriod(0).delete();
        }
    }

    @Override
    public void close() {
        informer.close();
        worker.shutdownNow();
    }
}
