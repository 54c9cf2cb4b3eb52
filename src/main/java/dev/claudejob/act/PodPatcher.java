package dev.claudejob.act;

import dev.claudejob.observe.PodView;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Sends a JSON patch of a Pod as the one request that it is. The client's own {@code patch} (7.9) reads the object first, to be able to return it
 * when nothing changes: one more request for each step of each job.
 */
public final class PodPatcher {
    private static final String JSON_PATCH = "application/json-patch+json";
    private static final long TIMEOUT_SECONDS = 30;

    private final KubernetesClient client;

    public PodPatcher(KubernetesClient client) {
        this.client = client;
    }

    /**
     * Patches the Pod of this name.
     *
     * @return the Pod as it now is
     * @throws KubernetesClientException with the apiserver's code when it refuses
     */
    public Pod patch(PodView pod, String patch) {
        String path = "/api/v1/namespaces/" + pod.pod().getMetadata().getNamespace() + "/pods/" + pod.name();
        HttpRequest request = client.getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getMasterUrl().toString().replaceFirst("/$", "") + path)
                .patch(JSON_PATCH, patch)
                .build();
        HttpResponse<String> response;
        try {
            response = client.getHttpClient()
                    .sendAsync(request, String.class)
                    .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            throw new KubernetesClientException("PATCH " + path + ": " + e.getCause(), e);
        }
        if (!response.isSuccessful()) {
            Status status = new Status();
            status.setCode(response.code());
            status.setMessage(response.body());
            throw new KubernetesClientException("PATCH " + path + ": " + response.body(), response.code(), status);
        }
        return client.getKubernetesSerialization().unmarshal(response.body(), Pod.class);
    }
}
