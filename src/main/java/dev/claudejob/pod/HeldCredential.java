package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.api.v1alpha1.WorkloadIdentityCredential;
import dev.claudejob.credential.CredentialKind;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.KeyToPathBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A credential as the helper holds it: what it is told, and what is mounted.
 *
 * @param index its place in the job's list, which names its folder
 */
record HeldCredential(int index, Credentials.Use use) {
    private static final String FILE = "token";

    /** What of a ~/.claude goes on to the agent, by the names that Claude Code gives these files. */
    private static final List<String> HOME_FILES = List.of("settings.json", "CLAUDE.md");

    String directory() {
        return "/credentials/" + index;
    }

    String volumeName() {
        return "claudejob-credential-" + index;
    }

    /** An entry of CLAUDEJOB_CREDENTIALS. */
    Map<String, Object> entry() {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", use.name());
        entry.put("kind", use.kind().jsonName());
        entry.put("file", directory() + "/" + FILE);
        entry.put("upstream", use.upstream());
        WorkloadIdentityCredential identity = use.federation();
        if (identity != null) {
            Map<String, Object> federation = new LinkedHashMap<>();
            federation.put("ruleID", identity.federationRuleID());
            federation.put("organizationID", identity.organizationID());
            federation.put("serviceAccountID", identity.anthropicServiceAccountID());
            if (identity.workspaceID() != null) {
                federation.put("workspaceID", identity.workspaceID());
            }
            entry.put("federation", federation);
        }
        return entry;
    }

    Volume volume(PodSettings.WorkloadIdentity workloadIdentity) {
        VolumeBuilder volume = new VolumeBuilder().withName(volumeName());
        if (use.federation() != null) {
            return volume.withNewProjected()
                    .withDefaultMode(0440)
                    .addNewSource()
                    .withNewServiceAccountToken()
                    .withAudience(workloadIdentity.audience())
                    .withExpirationSeconds((long) workloadIdentity.expirationSeconds())
                    .withPath(FILE)
                    .endServiceAccountToken()
                    .endSource()
                    .endProjected()
                    .build();
        }
        KeyRef held = use.held();
        if (held == null) {
            // The CRD refuses it.
            throw new IllegalArgumentException("credential " + use.name() + " can't be held by the helper");
        }
        List<KeyToPath> items = new ArrayList<>(List.of(item(held.key(), FILE)));
        if (use.kind() == CredentialKind.CLAUDE_HOME) {
            HOME_FILES.forEach(name -> items.add(item(name, name)));
        }
        return volume.withNewSecret()
                .withSecretName(held.name())
                // A Secret that comes late is waited for by the helper, visibly; the kubelet would only say so in an
                // Event.
                .withOptional(true)
                .withDefaultMode(0440)
                .withItems(items)
                .endSecret()
                .build();
    }

    private static KeyToPath item(String key, String path) {
        return new KeyToPathBuilder().withKey(key).withPath(path).build();
    }
}
