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
        List<AuditLog.Request> requests = ofAnUndisturbedJob(space);

        System.out.println("WRITES " + requests);
        assertThat(requests).noneMatch(AuditLog.Request::read);
        assertThat(requests).filteredOn(request -> !request.event()).hasSizeLessThanOrEqualTo(6);
        assertThat(requests).filteredOn(AuditLog.Request::event).hasSizeLessThanOrEqualTo(2);
    }

    /** A busy node disturbs one job or another: it starts slowly, or its helper does. */
    private static List<AuditLog.Request> ofAnUndisturbedJob(Space space) {
        try (History history = History.of(space)) {
            for (String name : List.of("first", "second", "third", "fourth", "fifth")) {
                int before = AUDIT.ofOperatorIn(space.name()).size();
                space.job(name, "tools", "");
                assertThat(space.finished(name, PATIENCE).phase()).isEqualTo("Succeeded");
                await().untilAsserted(
                                () -> assertThat(space.pods(name).getFirst().at("/metadata/finalizers"))
                                        .isEmpty());
                await().untilAsserted(() -> assertThat(space.events(name))
                        .extracting(event -> event.path("reason").asText())
                        .contains("Succeeded"));
                List<AuditLog.Request> all = AUDIT.ofOperatorIn(space.name());
                List<AuditLog.Request> requests = all.subList(before, all.size());
                boolean slowStart = requests.stream().anyMatch(request -> request.event() && request.read());
                if (history.undisturbed(name) && !slowStart) {
                    return requests;
                }
            }
        }
        throw new AssertionError("no job was undisturbed: the machine is too busy");
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
