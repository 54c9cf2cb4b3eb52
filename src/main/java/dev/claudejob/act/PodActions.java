package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.pod.PodBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done to Pods. No patch touches a namesake. */
public final class PodActions {
    private static final Logger log = LoggerFactory.getLogger(PodActions.class);
    private static final int UNPROCESSABLE = 422;
    private static final Duration UNDONE_PAUSE = Duration.ofSeconds(30);

    private final KubernetesClient client;
    private final PodBuilder builder;
    private final Fresh fresh;

    public PodActions(KubernetesClient client, PodBuilder builder, Fresh fresh) {
        this.client = client;
        this.builder = builder;
        this.fresh = fresh;
    }

    /** @param lasting whether it has failed for a while: people are to see it then, and the job is to hold nobody up */
    Step create(View view, int attempt, List<Integer> credentials, boolean lasting) {
        Pod wanted = builder.build(view.resolvedJob(), attempt, credentials);
        try {
            Pod created = client.resource(wanted).create();
            fresh.podCreated(created);
            return new Step.Next(view.withPod(created));
        } catch (KubernetesClientException e) {
            return switch (e.getCode()) {
                case HttpURLConnection.HTTP_CONFLICT -> adopt(view, wanted, attempt, e);
                case HttpURLConnection.HTTP_FORBIDDEN, HttpURLConnection.HTTP_BAD_REQUEST, UNPROCESSABLE ->
                    refused(view, e);
                default -> {
                    // A webhook that is down stays down for long.
                    if (e.getCode() < HttpURLConnection.HTTP_INTERNAL_ERROR
                            || !(lasting || said(e).contains("failed calling webhook"))) {
                        throw e;
                    }
                    yield refused(view, e);
                }
            };
        }
    }

    private static Step refused(View view, KubernetesClientException e) {
        // Once a Pod of the job was accepted its template may not be edited any more: something else has changed.
        boolean template = view.recordedAttempt().isEmpty() && invalid(e);
        return new Step.Next(view.knowing(view.known()
                .withRefusal(new View.Refusal(
                        Reason.PodRejected,
                        (template
                                        ? "Edit the job's template: no Pod that is made of it is valid. "
                                        : "The cluster refuses the job's Pod: ")
                                + said(e) + " It is tried again, at least once a minute.",
                        template))));
    }

    /** True when the apiserver itself finds fields of the Pod wrong. The denial of a ValidatingAdmissionPolicy is a 422 as well, and names none. */
    private static boolean invalid(KubernetesClientException e) {
        if (e.getCode() != UNPROCESSABLE
                || e.getStatus() == null
                || e.getStatus().getDetails() == null) {
            return false;
        }
        List<StatusCause> causes = e.getStatus().getDetails().getCauses();
        return !causes.isEmpty()
                && causes.stream()
                        .noneMatch(c -> c.getField() == null || c.getField().isEmpty());
    }

    /** The name is taken: by our own earlier create, whose answer we never saw, or by somebody else. */
    private Step adopt(View view, Pod wanted, int attempt, KubernetesClientException conflict) {
        Pod existing = resource(wanted).get();
        if (existing == null) {
            // Also a 409: a quota whose usage was being changed by another request.
            log.debug("create again after {}", conflict.getMessage());
            return Step.LOOK_AGAIN;
        }
        PodView found = new PodView(existing);
        if (View.ours(existing, view.job().getMetadata().getUid()) && found.attempt() == attempt) {
            return new Step.Next(view.withPod(existing));
        }
        return new Step.Next(view.knowing(view.known()
                .withRefusal(new View.Refusal(
                        Reason.NameTaken,
                        "Another Pod has the name " + found.name() + ". Delete it, or wait until it is gone.",
                        false))));
    }

    Step openGate(View view, PodView pod) {
        return patch(view, pod, PodPatches.openGate(pod));
    }

    /** The kubelet ends a Pod that is older than its deadline, gracefully, and keeps it. The deadline is the Pod's age now. */
    Step stop(View view, PodView pod) {
        Instant since = pod.acknowledged().orElse(pod.created());
        long age = Math.max(1, Duration.between(since, view.now()).toSeconds());
        return patch(view, pod, PatchType.STRATEGIC_MERGE, PodPatches.stop(pod, age, view.now()));
    }

    Step nudge(View view, PodView pod) {
        return patch(
                view,
                pod,
                PatchType.STRATEGIC_MERGE,
                PodPatches.nudge(pod, pod.nudges().next(view.now())));
    }

    /** Labels and owner are as they were made, so that the informer sees the Pod again and the garbage collector knows its job. */
    Step reclaim(View view, PodView pod, int attempt) {
        return patch(
                view,
                pod,
                PatchType.STRATEGIC_MERGE,
                PodPatches.reclaim(pod, PodBuilder.identity(view.job(), attempt)));
    }

    Step release(View view, PodView pod) {
        return patch(view, pod, PodPatches.release(pod));
    }

    Step delete(PodView pod, @Nullable Duration grace) {
        ObjectMeta metadata = pod.pod().getMetadata();
        DeleteOptions options = new DeleteOptionsBuilder()
                .withGracePeriodSeconds(grace == null ? null : grace.toSeconds())
                .withNewPreconditions()
                .withUid(metadata.getUid())
                .withResourceVersion(metadata.getResourceVersion())
                .endPreconditions()
                .build();
        try {
            // The client's own delete takes a grace period or a precondition, not both.
            client.raw(
                    "/api/v1/namespaces/" + metadata.getNamespace() + "/pods/" + metadata.getName(), "DELETE", options);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
        return Step.LOOK_AGAIN;
    }

    private Step patch(View view, PodView pod, String patch) {
        return patch(view, pod, PatchType.JSON, patch);
    }

    private Step patch(View view, PodView pod, PatchType type, String patch) {
        try {
            // Of an object that is given the client needs no look at the apiserver before its patch; of a name it does.
            Pod patched = client.resource(pod.pod()).patch(PatchContext.of(type), patch);
            fresh.pod(patched, pod.pod());
            // Somebody's admission undoes it.
            boolean undone = patched.getMetadata()
                    .getResourceVersion()
                    .equals(pod.pod().getMetadata().getResourceVersion());
            return undone ? new Step.LookAgain(UNDONE_PAUSE) : new Step.Next(view.withPod(patched));
        } catch (KubernetesClientException e) {
            return switch (e.getCode()) {
                case HttpURLConnection.HTTP_CONFLICT, HttpURLConnection.HTTP_NOT_FOUND, UNPROCESSABLE -> {
                    log.debug("look again at Pod {}: {}", pod.name(), e.getMessage());
                    yield Step.LOOK_AGAIN;
                }
                default -> throw e;
            };
        }
    }

    private PodResource resource(Pod pod) {
        return client.pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName());
    }

    private static String said(KubernetesClientException e) {
        return e.getStatus() == null || e.getStatus().getMessage() == null
                ? String.valueOf(e.getMessage())
                : e.getStatus().getMessage();
    }
}
