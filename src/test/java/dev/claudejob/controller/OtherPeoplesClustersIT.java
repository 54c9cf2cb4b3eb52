package dev.claudejob.controller;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static dev.claudejob.testing.People.may;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.pod.PodNames;
import dev.claudejob.runtime.Uninstall;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.People;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LimitRangeBuilder;
import io.fabric8.kubernetes.api.model.LimitRangeItemBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clusters whose owners have set limits: on rights, on resources, on how long we stay. */
class OtherPeoplesClustersIT {
    private static final String OPERATOR = "system:serviceaccount:claudejob-system:claudejob-operator";

    private final ApiServer api = ApiServer.shared();
    private final KubernetesClient client = api.client();
    private final String namespace = api.newNamespace();
    private final FakeKubelet kubelet = new FakeKubelet(client, namespace);
    private final JobsOfANamespace jobs = new JobsOfANamespace(client, namespace);
    private final People people = new People(api, namespace);
    private @Nullable TestOperator operator;

    @AfterEach
    void stopAll() {
        if (operator != null) {
            operator.close();
        }
        people.close();
        kubelet.close();
    }

    // ---- rights

    /** What the chart makes for config.watchNamespaces: the rules of deploy/, in a Role. */
    private static PolicyRule[] rulesOfTheOperator() {
        try (var in = Files.newInputStream(Path.of("deploy/rbac.yaml"))) {
            for (HasMetadata part : ApiServer.shared().client().load(in).items()) {
                if (part instanceof ClusterRole role) {
                    return role.getRules().toArray(PolicyRule[]::new);
                }
            }
            throw new IllegalStateException("no ClusterRole in deploy/rbac.yaml");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRoleInTheJobsNamespaceIsAllThatTheOperatorNeeds() {
        people.allow(OPERATOR, rulesOfTheOperator());
        operator = TestOperator.startAs(api, OPERATOR, namespace);

        kubelet.hold(Stage.END);
        ClaudeJob good = jobs.create("good", "ttlSecondsAfterFinished: 1");
        jobs.awaitStatus(good, status -> status.phase() == Phase.Running);
        ClaudeJob cancelled = jobs.create("cancelled", "");
        jobs.awaitStatus(cancelled, status -> status.phase() == Phase.Running);
        jobs.cancel(cancelled);
        kubelet.letGo(Stage.END);

        assertThat(jobs.awaitEnd(cancelled).phase()).isEqualTo(Phase.Cancelled);
        eventually().until(() -> client.resource(good).get() == null);
        eventually()
                .untilAsserted(() -> assertThat(client.v1()
                                .events()
                                .inNamespace(namespace)
                                .list()
                                .getItems())
                        .anyMatch(event -> event.getReason().equals("Succeeded")));
        assertThat(operator.wire().forbidden()).isEmpty();
    }

    // ---- resources

    @Test
    void aLimitRangeGivesThePodItsDefaultsAndARefusalOfItsMaximumIsSaid() {
        operator = TestOperator.start(api, namespace);
        client.resource(new LimitRangeBuilder()
                        .withNewMetadata()
                        .withName("limits")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addToLimits(new LimitRangeItemBuilder()
                                .withType("Container")
                                .addToDefault("cpu", new Quantity("300m"))
                                .addToMax("memory", new Quantity("3Gi"))
                                .build())
                        .endSpec()
                        .build())
                .create();

        assertThat(jobs.awaitEnd(jobs.create("fits", "")).phase()).isEqualTo(Phase.Succeeded);
        assertThat(jobs.pods()
                        .getFirst()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getResources()
                        .getLimits())
                .containsEntry("cpu", new Quantity("300m"));

        ClaudeJob greedy = jobs.create("greedy", "template: {resources: {limits: {memory: 4Gi}}}");
        ClaudeJobStatus status = jobs.awaitStatus(greedy, s -> s.phase() == Phase.Waiting);
        assertThat(status.reason()).isEqualTo("PodRejected");
        assertThat(status.message()).contains("maximum memory usage per Container is 3Gi");
    }

    @Test
    void aQuotaWithAScopeHoldsOnlyTheJobsThatItIsFor() {
        operator = TestOperator.start(api, namespace);
        String batch = "batch-" + namespace;
        client.resource(new PriorityClassBuilder()
                        .withNewMetadata()
                        .withName(batch)
                        .endMetadata()
                        .withValue(-1)
                        .build())
                .create();
        ResourceQuota quota = jobs.quotaOfNone(spec -> spec.withNewScopeSelector()
                .addNewMatchExpression()
                .withOperator("In")
                .withScopeName("PriorityClass")
                .withValues(batch)
                .endMatchExpression()
                .endScopeSelector());

        ClaudeJob held = jobs.create("held", "template: {priorityClassName: " + batch + "}");
        ClaudeJobStatus status = jobs.awaitStatus(held, s -> s.phase() == Phase.Waiting);
        assertThat(status.reason()).isEqualTo("PodRejected");
        assertThat(status.message()).contains("exceeded quota");
        assertThat(jobs.awaitEnd(jobs.create("free", "")).phase()).isEqualTo(Phase.Succeeded);

        client.resource(quota).delete();
        assertThat(jobs.awaitEnd(held).phase()).isEqualTo(Phase.Succeeded);
    }

    // ---- leaving

    @Test
    void anUninstallReleasesThePodsOfJobsAndNoOthers() {
        operator = TestOperator.start(api, namespace);
        kubelet.hold(Stage.END);
        jobs.awaitStatus(jobs.create("running", ""), status -> status.phase() == Phase.Running);
        kubelet.hold(Stage.BIND);
        jobs.awaitStatus(jobs.create("starting", ""), status -> status.phase() == Phase.Starting);
        Pod foreign = client.resource(new io.fabric8.kubernetes.api.model.PodBuilder(
                                jobs.pods().getFirst())
                        .withNewMetadata()
                        .withName("foreign")
                        .withNamespace(namespace)
                        .withFinalizers(PodNames.RESULT_FINALIZER, "example.com/theirs")
                        .endMetadata()
                        .editSpec()
                        .withNodeName(null)
                        .endSpec()
                        .build())
                .create();
        operator.close();
        operator = null;

        people.allow("leaver", may("list", "", "pods"), may("patch", "", "pods"));
        int released = new Uninstall(people.as("leaver"), Set.of(namespace)).releasePods();

        assertThat(released).isEqualTo(2);
        assertThat(jobs.pods())
                .hasSize(2)
                .allSatisfy(pod -> assertThat(pod.getMetadata().getFinalizers()).isEmpty());
        assertThat(client.resource(foreign).get().getMetadata().getFinalizers()).hasSize(2);
    }
}
