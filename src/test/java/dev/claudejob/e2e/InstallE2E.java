package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What those who run a cluster do to the operator while jobs run. Alone, for it is everybody's operator; each test puts it back. */
@Isolated
@ExtendWith(Testbed.class)
class InstallE2E {
    private static final String CRD = "crd/claudejobs.claudejob.dev";

    @Test
    void theLeaderOfTwoIsKilledAndTheOtherEndsItsJobWithoutASecondStart(Space space) {
        Install install = Install.of(space);
        install.upgrade("replicas=2");
        try {
            assertThat(install.pods()).hasSize(2);
            assertThat(install.kubectl().run("get", "poddisruptionbudget", "claudejob-operator", "-o", "name"))
                    .isNotBlank();
            String leader = await().until(install::leader, name -> !name.isEmpty());
            space.apply("slow", Map.of("seconds", "5"));
            Job running = space.withReason("job", "Running");

            install.kill(leader);

            Job job = space.finished("job");
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertThat(install.leader()).isNotEmpty().isNotEqualTo(leader);
            assertRanOnce(space, running, job);
        } finally {
            install.upgrade();
        }
    }

    @Test
    void anUpgradeLeavesRunningJobsAloneAndTheNextJobHasItsUsers(Space space) {
        Install install = Install.of(space);
        String crd = install.kubectl().run("get", CRD, "-o", "jsonpath={.metadata.uid}");
        space.apply("slow", Map.of("seconds", "5"));
        Job running = space.withReason("job", "Running");

        install.upgrade(
                "podAnnotations.upgraded=yes",
                "config.users.claude=2001",
                "config.users.helper=2002",
                "config.users.group=2003");
        try {
            assertThat(install.kubectl().run("get", CRD, "-o", "jsonpath={.metadata.uid}"))
                    .isEqualTo(crd);
            Job job = space.finished("job");
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertRanOnce(space, running, job);

            space.job("next", "bash <<<id -u; id -G>>>", "");
            assertThat(space.finished("next").text().lines()).containsExactly("2001", "2003");
        } finally {
            install.upgrade();
        }
    }

    @Test
    void whatIsDeletedWhileTheOperatorIsDownIsGoneOnceItIsBack(Space space) {
        Install install = Install.of(space);
        Space gone = new Space(space.kubectl().in(space.name() + "-g"), space.standIn());
        try {
            gone.apply("namespace", Map.of("oauthToken", Space.OAUTH_TOKEN, "apiKey", Space.API_KEY));
            gone.apply("slow", Map.of("seconds", "60"));
            space.apply("slow", Map.of("seconds", "60"));
            gone.withReason("job", "Running");
            space.withReason("job", "Running");
            install.scale(0);

            space.kubectl().run("delete", "claudejob", "job", "--force", "--grace-period=0");
            gone.kubectl().run("delete", "namespace", gone.name(), "--wait=false");
            install.scale(1);

            NothingStuckE2E.awaitNothing(space);
            space.kubectl().awaitEnd("namespace/" + gone.name());
        } finally {
            install.scale(1);
            gone.delete();
        }
    }

    /** Of the Pods of this job only: the operator itself, and its API, are on the same node. */
    @Test
    void aNodeThatIsDrainedGivesItsJobsBackAndTheyGoOnElsewhere(Space space) {
        Kubectl kubectl = space.kubectl();
        String node = kubectl.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
        try (History history = History.of(space)) {
            kubectl.apply(space.yaml(
                    "failing",
                    Map.of(
                            "name",
                            "job",
                            "scenario",
                            "slow:5",
                            "agent",
                            "",
                            "retries",
                            "1",
                            "more",
                            "template: {metadata: {labels: {drained: " + space.name() + "}}}")));
            Job running = space.withReason("job", "Running");
            Instant drained = Instant.now();

            kubectl.run(
                    "drain",
                    node,
                    "--pod-selector=drained=" + space.name(),
                    "--delete-emptydir-data",
                    "--force",
                    "--timeout=35s");

            space.withReason("job", "Unschedulable");
            history.told("job", "Evicted", drained);
            kubectl.awaitEnd("pod/" + running.pod());
            kubectl.run("uncordon", node);
            Job job = space.finished("job");
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertThat(job.status("/attempts/0/reason")).isEqualTo("Evicted");
            assertThat(job.status().path("attempts")).hasSize(2);
        } finally {
            kubectl.run("uncordon", node);
        }
    }

    /** Of all namespaces, and of one, with Roles instead of a ClusterRole. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anUninstallLeavesNothingStuckAndANewInstallFindsItsJobsAgain(boolean oneNamespace, Space space) {
        Install install = Install.of(space);
        if (oneNamespace) {
            install.upgrade("config.watchNamespaces={" + space.name() + "}");
            assertThat(mayListPods(space, space.name())).isTrue();
            assertThat(mayListPods(space, "default")).isFalse();
        }
        try {
            space.apply("slow", Map.of("seconds", "60"));
            Job running = space.withReason("job", "Running");
            space.kubectl()
                    .apply(space.yaml("late-secret", Map.of("delivery", "Helper"))
                            .replaceFirst("name: job", "name: late"));
            space.withReason("late", "CredentialMissing");

            install.uninstall();

            assertThat(install.pods()).isEmpty();
            assertThat(install.kubectl().run("get", "leases", "-o", "name")).isEmpty();
            assertThat(space.pods("job")).singleElement().satisfies(InstallE2E::assertFree);
            assertThat(space.pods("late")).singleElement().satisfies(InstallE2E::assertFree);
            space.kubectl().run("delete", "claudejob", "late", "--wait=true", "--timeout=30s");
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(space.pods("late")).isEmpty());
            assertThat(space.job("job").phase()).as("kept as it was").isEqualTo("Running");

            install.upgrade();

            Job job = space.finished("job");
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertRanOnce(space, running, job);
        } finally {
            install.upgrade();
        }
    }

    private static void assertRanOnce(Space space, Job running, Job job) {
        assertThat(job.status().path("attempts")).hasSize(1);
        assertThat(job.status("/attempts/0/podUID")).isEqualTo(running.status("/attempts/0/podUID"));
        assertThat(space.standIn().ofSession(job.session())).as("it ran once").hasSize(1);
    }

    private static void assertFree(JsonNode pod) {
        assertThat(pod.at("/metadata/finalizers")).isEmpty();
        assertThat(List.of("Running", "Pending"))
                .contains(pod.at("/status/phase").asText());
    }

    private static boolean mayListPods(Space space, String namespace) {
        return space.kubectl()
                .in(namespace)
                .tryRun(
                        "auth",
                        "can-i",
                        "list",
                        "pods",
                        "--as=system:serviceaccount:" + Space.OPERATOR_NAMESPACE + ":claudejob-operator")
                .ok();
    }
}
