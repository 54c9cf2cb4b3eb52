package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.e2e.Attacker.Received;
import dev.claudejob.e2e.StandIn.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the credential is, and where it is not: what hostile code in the agent's container finds, and where it can have the credential sent. */
// One after the other: each of them needs all of a small machine.
@Execution(ExecutionMode.SAME_THREAD)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(Testbed.class)
class IsolationE2E {
    /** A minute on an idle machine. */
    private static final Duration PROBING = Duration.ofMinutes(5);

    @ParameterizedTest
    @EnumSource(names = {"oauthToken", "apiKey"})
    void underHelperDeliveryHostileCodeFindsTheCredentialNowhere(Kind kind, Space space) {
        String credential = kind.token(space, 0);
        Leaks leaks = new Leaks(credential);

        Job job = probed(space, kind, "Helper");
        List<Received> attacker = new Attacker(space).received();
        List<Request> upstream = space.standIn().withHeader("x-claude-code-probe", new Attacker(space).host());

        Probes probes = probes(job);
        probes.print("Helper delivery, " + kind);
        assertThat(probes.names()).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(55);
        assertThat(probes.breached()).as("probes that got through").isEmpty();
        leaks.nowhereIn(space, job, true);

        assertThat(attacker.stream().map(Received::target))
                .as("hostile code can send away what it has")
                .contains("/sent-away", "/sent-away-plainly", "/v1/messages?beta=true");
        assertThat(attacker).allSatisfy(request -> {
            leaks.notIn("what reached the attacker", request.raw());
            assertThat(request.raw()).as("the proxy did not go there").doesNotContain("x-claude-code-probe");
        });
        assertThat(attacker.stream().map(Received::raw).collect(Collectors.joining()))
                .as("all that there is to be had")
                .contains(kind.placeholder());

        assertThat(upstream)
                .as("what the probes asked of the upstream")
                .isNotEmpty()
                .allSatisfy(request -> {
                    assertThat(request.url()).isEqualTo("/v1/messages");
                    assertThat(request.header(kind.header())).isEqualTo(kind.sent(credential));
                    kind.otherHeaders()
                            .forEach(other -> assertThat(request.header(other)).isEmpty());
                    for (String none : List.of("cookie", "proxy-authorization", "api-key")) {
                        assertThat(request.header(none)).as(none).isEmpty();
                    }
                });
        assertThat(space.standIn().all()).extracting(Request::url).noneMatch(url -> url.contains("organizations"));
    }

    /** The same probes where they must find it: else the ones above would prove nothing. */
    @ParameterizedTest
    @EnumSource(names = "oauthToken")
    void underEnvDeliveryTheSameProbesFindIt(Kind kind, Space space) {
        Job job = probed(space, kind, "Env");

        Probes probes = probes(job);
        probes.print("Env delivery, " + kind);
        assertThat(probes.breached().stream().filter(p -> p.verdict().equals("LEAK")))
                .extracting(Probes.Probe::name)
                .contains("every-environment", "process-memory");
        Leaks leaks = new Leaks(kind.token(space, 0));
        assertThat(new Attacker(space).received())
                .anySatisfy(request -> assertThat(leaks.in(request.body())).isTrue());
    }

    @ParameterizedTest
    @EnumSource(names = {"oauthToken", "apiKey"})
    void underEnvDeliveryOnlyTheAgentsContainerHoldsTheCredential(Kind kind, Space space) {
        space.apply("credential", Map.of("kind", kind.name(), "delivery", "Env"));
        Job job = space.finished("job", PROBING);
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");

        new Leaks(kind == Kind.oauthToken ? Space.OAUTH_TOKEN : Space.API_KEY).nowhereIn(space, job, false);
        for (JsonNode variable : space.pods("job").getFirst().at("/spec/containers/0/env")) {
            boolean carries = variable.path("name").asText().matches("CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY");
            assertThat(variable.at("/valueFrom/secretKeyRef/name").asText()).isEqualTo(carries ? "claude" : "");
        }
    }

    private static Job probed(Space space, Kind kind, String delivery) {
        Attacker attacker = Attacker.start(space);
        space.kubectl().run("create", "configmap", "probes", "--from-file=src/test/resources/e2e/probes");
        space.apply("secret-late", Map.of("key", "token", "token", kind.token(space, 0)));
        attacker.awaitReady();
        // A node that another test makes up has no address.
        String node = space.kubectl()
                .run("get", "nodes", "-o", "jsonpath={.items[*].status.addresses[?(@.type=='InternalIP')].address}");
        space.apply("probes", Map.of("credential", kind.credential(space), "delivery", delivery, "node", node));
        Job job = space.finished("job", PROBING);
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        return job;
    }

    private static Probes probes(Job job) {
        String text = job.text();
        assertThat(text).as("all of them ran").endsWith("PROBED");
        assertThat(text.lines().filter(line -> line.startsWith("FINDS ")))
                .as("what a probe recognizes")
                .contains(
                        "FINDS plain",
                        "FINDS base64",
                        "FINDS base64 at 1",
                        "FINDS base64 at 2",
                        "FINDS hex",
                        "FINDS reversed")
                .hasSize(10);
        return Probes.read(text);
    }
}
