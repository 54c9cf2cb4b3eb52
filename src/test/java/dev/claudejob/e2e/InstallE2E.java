package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
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
    void anUpgradeLeavesCrdsAndRunningJobsAlone(Space space) {
        Install install = Install.of(space);
        String crd = install.kubectl().run("get", CRD, "-o", "jsonpath={.metadata.uid}");
        space.apply("slow", Map.of("seconds", "5"));
        Job running = space.withReason("job", "Running");

        install.upgrade("podAnnotations.upgraded=yes", "config.helper.holdSeconds=21");
        try {
            assertThat(install.kubectl().run("get", CRD, "-o", "jsonpath={.metadata.uid}"))
                    .isEqualTo(crd);
            Job job = space.finished("job");
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertRanOnce(space, running, job);
        } finally {
            install.upgrade();
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
