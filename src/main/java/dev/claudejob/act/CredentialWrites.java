package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;

/** Writes the status of ClaudeCredentials, by compare-and-swap. */
public final class CredentialWrites {
    private final KubernetesClient client;

    public CredentialWrites(KubernetesClient client) {
        this.client = client;
    }

    /** The object as it now is; empty when somebody else was faster, or it is gone. */
    public Optional<ClaudeCredential> status(ClaudeCredential before, ClaudeCredentialStatus status) {
        ClaudeCredential changed = new ClaudeCredential();
        changed.setMetadata(before.getMetadata());
        changed.setSpec(before.getSpec());
        changed.setStatus(status);
        try {
            return Optional.of(client.resource(changed)
                    .lockResourceVersion(before.getMetadata().getResourceVersion())
                    .updateStatus());
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
