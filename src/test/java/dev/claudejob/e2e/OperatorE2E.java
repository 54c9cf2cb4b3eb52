package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** The operator itself is killed and replaced: alone, for every other test would wait for its successor. */
@Isolated
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(Testbed.class)
class OperatorE2E {
    private static final String DEPLOYMENT = "deployment/claudejob-operator";

    /** In the minutes that the other tests took: watches end, and send bookmarks, after one. */
    @Test
    @Order(1)
    void theOperatorHasNotRestartedByItself(Space space) {
        // One that another test has replaced may still be going.
        assertThat(operator(space)
                        .run(
                                "get",
                                "pods",
                                "-l",
                                Space.OPERATOR,
                                "-o",
                                "jsonpath={.items[*].status.containerStatuses[*].restartCount}"))
                .matches("0( 0)*");
    }

    @Test
    void jobsOfAnOperatorThatIsKilledEndAsIfItHadNotBeen(Space space) {
        space.apply("slow", Map.of("seconds", "5"));
        Job running = space.withReason("job", "Running");

        space.apply("jobs-at-once");
        operator(space).run("delete", "pods", "-l", Space.OPERATOR, "--grace-period=0", "--force", "--wait=false");

        for (String name : List.of("job", "one", "two", "three")) {
            Job job = space.finished(name);
            assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
            assertThat(job.status().path("attempts")).hasSize(1);
            assertThat(space.pods(name)).hasSize(1);
            assertThat(space.standIn().ofSession(job.session()))
                    .as("it ran once")
                    .hasSize(1);
            assertThat(space.pods(name).getFirst().at("/metadata/uid").asText())
                    .isEqualTo(job.status("/attempts/0/podUID"));
        }
        assertThat(space.job("job").status("/attempts/0/podUID")).isEqualTo(running.status("/attempts/0/podUID"));
    }

    @Test
    void aJobThatIsParkedGoesOnUnderTheNextOperator(Space space) {
        String limit = space.standIn().answer(space.name(), StandIn.limitedForSeconds(15));
        space.apply("retry", Map.of("token", Space.OAUTH_TOKEN, "delivery", "Helper", "more", ""));
        space.withReason("job", "UsageLimit");
        space.standIn().forget(limit);
        operator(space).run("delete", "pods", "-l", Space.OPERATOR, "--grace-period=0", "--force", "--wait=false");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status().path("attempts")).hasSize(2);
    }

    @Test
    void anOperatorThatIsToldToStopHandsOverAtOnce(Space space) {
        Kubectl operator = operator(space);
        await().atMost(Duration.ofSeconds(40))
                .until(() -> operator.tryRun("get", "pod", leader(operator)).ok());
        String leading = leader(operator);

        long start = System.nanoTime();
        operator.run("delete", "pod", leading, "--wait=true");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> !leader(operator).isEmpty() && !leader(operator).equals(leading));

        operator.run("rollout", "status", DEPLOYMENT, "--timeout=30s");
        space.apply("credential", Map.of("kind", "apiKey", "delivery", "Helper"));
        assertThat(space.finished("job").phase()).isEqualTo("Succeeded");
    }

    private static Kubectl operator(Space space) {
        return space.kubectl().in(Space.OPERATOR_NAMESPACE);
    }

    private static String leader(Kubectl operator) {
        return operator.run("get", "lease", "claudejob-operator", "-o", "jsonpath={.spec.holderIdentity}");
    }
}
