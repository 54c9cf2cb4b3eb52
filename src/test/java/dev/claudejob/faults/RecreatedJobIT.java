package dev.claudejob.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RecreatedJobIT {
    private static final Duration BLIND = Duration.ofSeconds(6);

    private final ApiServer api = ApiServer.shared();
    private final KubernetesClient client = api.client();
    private final String namespace = api.newNamespace();
    private final JobsOfANamespace jobs = new JobsOfANamespace(client, namespace);
    private final AtomicInteger watches = new AtomicInteger();

    /** The first watch of jobs goes silent, the second is too late: what was deleted meanwhile no event tells. */
    private Fault fault(Line.Call call) {
        if (!call.watch() || !call.path().endsWith("/claudejobs")) {
            return new Fault.None();
        }
        return switch (watches.incrementAndGet()) {
            case 1 -> new Fault.WatchStalls(2, BLIND);
            case 2 -> new Fault.WatchIsGone(0);
            default -> new Fault.None();
        };
    }

    @Test
    void aJobThatIsMadeAgainUnderItsNameUnseenIsAnotherAndTheSlotOfTheFirstIsFree() {
        try (FakeKubelet kubelet = new FakeKubelet(client, namespace).hold(Stage.END);
                Line line = new Line(Config.fromKubeconfig(api.kubeconfig()), this::fault, Mistake.NONE);
                TestOperator operator = TestOperator.startAt(line.url(), namespace)) {
            client.resource(client.getKubernetesSerialization()
                            .unmarshal("""
                    apiVersion: claudejob.dev/v1alpha1
                    kind: ClaudeCredential
                    metadata: {name: team, namespace: %s}
                    spec: {oauthToken: {secretKeyRef: {name: team, key: token}}, maxConcurrentJobs: 1}
                    """.formatted(namespace), ClaudeCredential.class))
                    .create();
            ClaudeJob first = jobs.create("job", "[{credentialRef: {name: team}}]", "");
            jobs.awaitPhase(first, Phase.Running);

            client.resource(first).delete();
            ClaudeJob second = jobs.create("job", "[{credentialRef: {name: team}}]", "");
            // The garbage collector's part.
            client.resource(jobs.onlyPod()).delete();
            kubelet.letGo(Stage.END);

            assertThat(jobs.awaitEnd(second).phase()).isEqualTo(Phase.Succeeded);
            assertThat(kubelet.starts()).containsExactly(FakeKubelet.startOf(first), FakeKubelet.startOf(second));
            assertThat(watches.get()).as("watches").isGreaterThan(2);
            JobsOfANamespace.eventually()
                    .until(() -> jobs.pods().stream()
                            .allMatch(pod -> pod.getMetadata().getFinalizers().isEmpty()));
        }
    }
}
