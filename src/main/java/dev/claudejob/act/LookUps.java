package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.PodNames;
import dev.claudejob.status.Results;
import dev.claudejob.summary.FullResult;
import dev.claudejob.summary.Summary;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rare questions that the caches can't answer, and the ConfigMap of a result that is too long for status. */
public final class LookUps {
    private static final Logger log = LoggerFactory.getLogger(LookUps.class);

    /** A container runtime cuts a long line of a log into pieces of this size, and a tail counts pieces. */
    private static final int LOG_PIECE = 16 * 1024;

    /** A byte of text takes up to 6 in a JSON string. */
    private static final int WORST_ESCAPE = 6;

    private static final int TOO_MANY_REQUESTS = 429;

    /** How long after the agent's end a failure that may pass is waited out; the log of a node that is gone never comes. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    /** A probe failed: the helper is not ready while it waits for a credential, which is no fault. */
    private static final String UNHEALTHY = "Unhealthy";

    /** What an Event of the helper's is about. */
    private static final String HELPER = "spec.initContainers{" + PodNames.HELPER_CONTAINER + "}";

    private static final String FAILED_SCHEDULING = "FailedScheduling";

    private final KubernetesClient client;

    public LookUps(KubernetesClient client) {
        this.client = client;
    }

    Step confirmLost(View view, Attempt attempt) {
        Pod live = client.pods()
                .inNamespace(view.job().getMetadata().getNamespace())
                .withName(attempt.podName())
                .get();
        return new Step.Next(
                live == null || !live.getMetadata().getUid().equals(attempt.podUID())
                        ? view.knowing(view.known().withLostPod(attempt.podUID()))
                        : view.withPod(live).knowing(view.known().withLivePod(attempt.podUID())));
    }

    Step readResult(View view, PodView pod) {
        Summary summary = pod.summary();
        long bytes = Objects.requireNonNullElse(summary.bytes(), 0L)
                + Objects.requireNonNullElse(summary.structuredBytes(), 0L);
        int pieces = (int) Math.min(4 + bytes * WORST_ESCAPE / LOG_PIECE, 1000);
        FullResult found = new FullResult(null, null);
        try {
            // The client's own getLog watches the Pod first, which has ended.
            String tail =
                    client.raw("/api/v1/namespaces/" + pod.pod().getMetadata().getNamespace() + "/pods/" + pod.name()
                            + "/log?container=" + PodNames.HELPER_CONTAINER + "&tailLines=" + pieces);
            found = FullResult.find(Objects.requireNonNullElse(tail, "")).orElse(found);
        } catch (KubernetesClientException e) {
            throwIfItMayPass(e, view);
            log.warn("The whole result of Pod {} can't be read from its log: {}", pod.name(), e.getMessage());
        }
        return new Step.Next(view.knowing(view.known().withResult(found)));
    }

    /** Created, never changed; a ConfigMap of that name that belongs to somebody else is left alone. */
    Step saveResult(View view, FullResult whole) {
        ClaudeJob job = view.job();
        String name = job.getMetadata().getName() + "-result";
        ConfigMap wanted = new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(job.getMetadata().getNamespace())
                .addToLabels(PodNames.MANAGED_BY_LABEL, PodNames.MANAGED_BY)
                .addToLabels(PodNames.JOB_NAME_LABEL, job.getMetadata().getName())
                .addNewOwnerReference()
                .withApiVersion(ClaudeJob.API_VERSION)
                .withKind("ClaudeJob")
                .withName(job.getMetadata().getName())
                .withUid(job.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withImmutable(true)
                .addToData(Results.data(whole))
                .build();
        String saved;
        try {
            client.resource(wanted).create();
            saved = name;
        } catch (KubernetesClientException e) {
            throwIfItMayPass(e, view);
            saved = e.getCode() == HttpURLConnection.HTTP_CONFLICT && ours(job, name) ? name : "";
            if (saved.isEmpty()) {
                log.warn("The whole result can't be kept in ConfigMap {}: {}", name, e.getMessage());
            }
        }
        return new Step.Next(view.knowing(view.known().withResultConfigMap(saved)));
    }

    private boolean ours(ClaudeJob job, String name) {
        ConfigMap existing = client.configMaps()
                .inNamespace(job.getMetadata().getNamespace())
                .withName(name)
                .get();
        return existing != null
                && existing.getMetadata().getOwnerReferences().stream()
                        .anyMatch(o -> o.getUid().equals(job.getMetadata().getUid()));
    }

    Step explainDelay(View view, PodView pod) {
        String cause;
        try {
            cause = cause(pod, events(pod));
        } catch (KubernetesClientException e) {
            // The Pod starts or not, with or without a word about it.
            log.warn("Why Pod {} is slow to start can't be looked up: {}", pod.name(), e.getMessage());
            cause = "";
        }
        return new Step.Next(view.knowing(view.known().withDelay(cause)));
    }

    private List<Event> events(PodView pod) {
        return client.v1()
                .events()
                .inNamespace(pod.pod().getMetadata().getNamespace())
                .withField("involvedObject.uid", pod.uid())
                .list()
                .getItems();
    }

    /** What keeps a Pod from starting; or, once its agent runs, that its helper does not even answer. */
    static String cause(PodView pod, List<Event> events) {
        return pod.agentRunningSince().isPresent() ? silence(events) : delay(pod, events);
    }

    /** A probe that was answered tells so by its status code. */
    private static String silence(List<Event> events) {
        return events.stream()
                .filter(e -> UNHEALTHY.equals(e.getReason()))
                .filter(e -> HELPER.equals(e.getInvolvedObject().getFieldPath()))
                .max(Comparator.comparing(LookUps::time))
                .map(Event::getMessage)
                .filter(message -> !message.contains("statuscode"))
                .orElse("");
    }

    /** What the newest warning says; an Event stays for an hour, so one about what is over says nothing. */
    private static String delay(PodView pod, List<Event> events) {
        boolean scheduled = pod.pod().getSpec().getNodeName() != null;
        return events.stream()
                .filter(e -> "Warning".equals(e.getType()))
                .filter(e -> !UNHEALTHY.equals(e.getReason()))
                .filter(e -> !(scheduled && FAILED_SCHEDULING.equals(e.getReason())))
                .max(Comparator.comparing(LookUps::time))
                .map(e -> e.getReason() + ": " + e.getMessage())
                .orElse("");
    }

    /** A failure that may pass by itself is thrown, so that the reconcile is tried again; but no job stays unfinished for ever. */
    private static void throwIfItMayPass(KubernetesClientException e, View view) {
        if (!mayPass(e.getCode())) {
            return;
        }
        boolean young = view.pods().stream()
                .flatMap(pod -> pod.agentEndKnown().stream())
                .anyMatch(end -> view.now().isBefore(end.plus(PATIENCE)));
        if (young) {
            throw e;
        }
    }

    /** True for no answer (0 or less: the connection broke, or nothing came in time), and for answers that another try may change. */
    private static boolean mayPass(int code) {
        return code <= 0 || code == TOO_MANY_REQUESTS || code >= HttpURLConnection.HTTP_INTERNAL_ERROR;
    }

    private static String time(Event event) {
        return Objects.requireNonNullElse(
                event.getLastTimestamp(), event.getMetadata().getCreationTimestamp());
    }
}
