package dev.claudejob.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The apiserver's own check of the Pod Security Standard restricted, which is asked without making the Pods. */
class PodSecurityIT {
    private static final int SPECS = 300;

    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();

    PodSecurityIT() {
        client.namespaces()
                .withName(namespace)
                .edit(n -> new NamespaceBuilder(n)
                        .editMetadata()
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .endMetadata()
                        .build());
    }

    @Test
    void theApiserverAdmitsThePodOfEveryJob() {
        for (long seed = 0; seed < SPECS; seed++) {
            Pod asked = create(pod(seed));
            assertThat(asked.getMetadata().getUid()).as("seed %d", seed).isNotNull();
        }
    }

    @Test
    void theApiserverWouldSayIfOneWereOutside() {
        Pod pod = pod(1);
        pod.getSpec().getContainers().getFirst().getSecurityContext().setRunAsUser(0L);
        assertThatThrownBy(() -> create(pod)).hasMessageContaining("violates PodSecurity \"restricted:latest\"");
    }

    private Pod create(Pod pod) {
        return client.resource(pod).inNamespace(namespace).dryRun().create();
    }

    private Pod pod(long seed) {
        Pod pod = new PodBuilder(PodStory.SETTINGS).build(Jobs.job(new RandomSpecs(seed).next()), 1, List.of(0));
        pod.getMetadata().setNamespace(namespace);
        // Nobody makes ServiceAccounts, RuntimeClasses and PriorityClasses here, and their admission would come first.
        pod.getSpec().setRuntimeClassName(null);
        pod.getSpec().setPriorityClassName(null);
        return pod;
    }
}
