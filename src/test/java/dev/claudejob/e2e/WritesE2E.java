package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the operator costs the apiserver, by the apiserver's own count. */
@Timeout(300)
@ExtendWith(Testbed.class)
class WritesE2E {
    private static final AuditLog AUDIT = AuditLog.ofTestbed();

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** Longer than anything that the operator does now and then. */
    private static final Duration REST = Duration.ofSeconds(70);

    @Test
    void anUndisturbedJobTakesSixWritesTwoEventsAndNoRead(Space space) {
        // One of them may start so slowly that the operator looks for the cause.
        List<String> names = List.of("first", "second", "third");
        for (String name : names) {
            space.job(name, "tools", "");
            assertThat(space.finished(name, PATIENCE).phase()).isEqualTo("Succeeded");
            await().untilAsserted(() -> assertThat(space.pods(name).getFirst().at("/metadata/finalizers"))
                    .isEmpty());
        }
        await().untilAsserted(() -> assertThat(AUDIT.ofOperatorIn(space.name()))
                .filteredOn(AuditLog.Request::event)
                .filteredOn(request -> request.verb().equals("create"))
                .hasSize(2 * names.size()));

        List<AuditLog.Request> requests = AUDIT.ofOperatorIn(space.name());
        System.out.println("WRITES " + requests);
        assertThat(requests)
                .filteredOn(request -> !request.event())
                .as("writes")
                .hasSizeLessThanOrEqualTo(6 * names.size())
                .noneMatch(AuditLog.Request::read);
        assertThat(requests)
                .filteredOn(request -> request.event() && request.read())
                .as("looks for the cause of a slow start")
                .hasSizeLessThan(names.size());
    }

    @Test
    void anOperatorAtRestAsksAndWritesNothing(Space space) {
        space.apply("shared-credential", Map.of("jobs", "1"));
        space.kubectl().run("create", "secret", "generic", "team", "--from-literal=token=" + Space.OAUTH_TOKEN);
        space.job("succeeded", "text", "");
        space.job("failed", "404", "");
        space.job("parked", "429-usage", "");
        space.apply("shared-job", Map.of("name", "running", "prompt", "scenario:slow:300"));
        space.withReason("running", "Running", PATIENCE);
        space.apply("shared-job", Map.of("name", "queued", "prompt", "scenario:text"));
        space.kubectl()
                .apply(space.yaml("shared-job", Map.of("name", "missing", "prompt", "scenario:text"))
                        .replace("{name: team}", "{name: nobody}"));
        space.finished("succeeded", PATIENCE);
        space.finished("failed", PATIENCE);
        space.withReason("parked", "UsageLimit", PATIENCE);
        space.withReason("queued", "Queued", PATIENCE);
        space.withReason("missing", "CredentialMissing", PATIENCE);

        // What follows from all this comes first: that the credential is good is known some time after it was used.
        await().atMost(Duration.ofSeconds(90)).until(() -> quietFor(space, Duration.ofSeconds(20)));
        List<AuditLog.Request> before = AUDIT.ofOperatorIn(space.name());

        await().pollInterval(Duration.ofSeconds(5))
                .during(REST)
                .atMost(REST.plusSeconds(15))
                .untilAsserted(
                        () -> assertThat(AUDIT.ofOperatorIn(space.name())).isEqualTo(before));
    }

    private static boolean quietFor(Space space, Duration time) {
        int before = AUDIT.ofOperatorIn(space.name()).size();
        await().pollDelay(time).atMost(time.plusSeconds(5)).until(() -> true);
        return AUDIT.ofOperatorIn(space.name()).size() == before;
    }
}
