package dev.claudejob.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import org.junit.jupiter.api.Test;

class LastingErrorsIT {
    private final ApiServer api = ApiServer.shared();
    private final KubernetesClient client = api.client();
    private final String namespace = api.newNamespace();
    private final JobsOfANamespace jobs = new JobsOfANamespace(client, namespace);

    private static Fault noPodForFirst(Line.Call call) {
        return call.path().endsWith("/pods") && call.body().contains("\"claudejob.dev/job-name\":\"first\"")
                ? new Fault.Refuse(503)
                : new Fault.None();
    }

    @Test
    void aJobWhosePodFailsAgainAndAgainSaysSoAndHoldsNobodyUpOnItsCredential() {
        try (FakeKubelet kubelet = new FakeKubelet(client, namespace);
                Line line = new Line(
                        Config.fromKubeconfig(api.kubeconfig()), LastingErrorsIT::noPodForFirst, Mistake.NONE);
                TestOperator operator = TestOperator.startAt(line.url(), namespace)) {
            client.resource(client.getKubernetesSerialization()
                            .unmarshal("""
                    apiVersion: claudejob.dev/v1alpha1
                    kind: ClaudeCredential
                    metadata: {name: team, namespace: %s}
                    spec: {oauthToken: {secretKeyRef: {name: team, key: token}}, maxConcurrentJobs: 1}
                    """.formatted(namespace), ClaudeCredential.class))
                    .create();
            ClaudeJob first = jobs.create("first", "[{credentialRef: {name: team}}]", "");
            ClaudeJob second = jobs.create("second", "[{credentialRef: {name: team}}]", "");

            assertThat(jobs.awaitEnd(second).phase()).isEqualTo(Phase.Succeeded);
            assertThat(jobs.awaitStatus(first, s -> "PodRejected".equals(s.reason()))
                            .message())
                    .contains("injected");
        }
    }
}
