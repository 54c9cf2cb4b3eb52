package dev.claudejob.runtime;

import dev.claudejob.act.PodPatches;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code helm uninstall} does first, so that nothing is stuck afterwards: it stops the operator, which would go on making Pods, and
 * takes our finalizer off those that there are. They run on; nobody records how they end until there is an operator again.
 */
public final class Uninstall {
    private static final Logger log = LoggerFactory.getLogger(Uninstall.class);
    private static final long PAGE = 100;

    /** Others write to a Pod too, and then the list it was found in is too old: look again. */
    private static final int PASSES = 5;

    private final KubernetesClient client;
    private final Set<String> namespaces;

    /**
     * @param client one that doesn't prune what it reads
     * @param namespaces where jobs are run; empty means all
     */
    public Uninstall(KubernetesClient client, Set<String> namespaces) {
        this.client = client;
        this.namespaces = namespaces;
    }

    /**
     * Lets the Deployment have no Pods, and waits until the last one is gone.
     *
     * @param labels the Pods'
     * @throws KubernetesClientException when one is still there after {@code patience}
     */
    public void stopOperator(String namespace, String deployment, String labels, Duration patience) {
        Deployment named = new DeploymentBuilder()
                .withNewMetadata()
                .withName(deployment)
                .withNamespace(namespace)
                .endMetadata()
                .build();
        try {
            client.resource(named).patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"replicas\":0}}");
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
        client.pods()
                .inNamespace(namespace)
                .withLabelSelector(labels)
                .informOnCondition(List::isEmpty)
                .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        log.info("the operator is stopped");
    }

    /** The Lease is nobody's any more; helm does not know of it. */
    public void deleteLease(String namespace, String name) {
        client.leases().inNamespace(namespace).withName(name).delete();
    }

    /**
     * Takes our finalizer off all Pods of jobs.
     *
     * @return how many there were
     * @throws IllegalStateException when one still has it in the end
     */
    public int releasePods() {
        int released = 0;
        for (int pass = 0; pass < PASSES; pass++) {
            List<Pod> held = heldPods();
            if (held.isEmpty()) {
                log.info("released {} Pods of jobs; those that run run on", released);
                return released;
            }
            for (Pod pod : held) {
                if (release(pod)) {
                    released++;
                }
            }
        }
        throw new IllegalStateException(
                "Pods keep the finalizer " + PodNames.RESULT_FINALIZER + ": is there another operator?");
    }

    private List<Pod> heldPods() {
        List<Pod> held = new ArrayList<>();
        if (namespaces.isEmpty()) {
            addHeld(held, null);
        } else {
            namespaces.forEach(namespace -> addHeld(held, namespace));
        }
        return held;
    }

    private void addHeld(List<Pod> held, @Nullable String namespace) {
        String next = null;
        do {
            PodList page = page(namespace, next);
            page.getItems().stream().filter(pod -> new PodView(pod).held()).forEach(held::add);
            next = page.getMetadata().getContinue();
        } while (next != null && !next.isEmpty());
    }

    private PodList page(@Nullable String namespace, @Nullable String from) {
        var options = new ListOptionsBuilder()
                .withLabelSelector(PodNames.POD_SELECTOR)
                .withLimit(PAGE)
                .withContinue(from)
                .build();
        return namespace == null
                ? client.pods().inAnyNamespace().list(options)
                : client.pods().inNamespace(namespace).list(options);
    }

    private boolean release(Pod pod) {
        try {
            client.resource(pod).patch(PatchContext.of(PatchType.JSON), PodPatches.release(new PodView(pod)));
            return true;
        } catch (KubernetesClientException e) {
            // Gone, or changed since it was listed: the next pass tells.
            log.warn(
                    "Pod {}/{}: {}",
                    pod.getMetadata().getNamespace(),
                    pod.getMetadata().getName(),
                    e.getMessage());
            return false;
        }
    }
}
