package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The policy of the chart, in a cluster with all its controllers. */
@ExtendWith(Testbed.class)
class AdmissionE2E {
    /** Its controller compares each expression with the CRD: a field that is misspelled would be a warning, and never a refusal. */
    @Test
    void theClusterFindsNothingWrongWithThePolicies(Space space) {
        List<JsonNode> policies = await().until(
                        () -> Space.items(space.kubectl()
                                .json("get", "validatingadmissionpolicies", "-l", "app.kubernetes.io/name=claudejob")),
                        found -> !found.isEmpty() && found.stream().allMatch(AdmissionE2E::seen));

        assertThat(policies)
                .allSatisfy(policy -> assertThat(policy.at("/status/typeChecking/expressionWarnings"))
                        .isEmpty());
    }

    @Test
    void whoMayNotReadASecretIsToldSoByKubectl(Space space) {
        space.apply("job-creator");

        Kubectl.Output refused = as(space, "alice", Map.of("secret", "claude", "account", "default"));

        assertThat(refused.ok()).isFalse();
        assertThat(refused.err())
                .contains("this ClaudeJob names the Secret \"claude\", which alice may not get")
                .contains("ask for a role with the verb get on secrets \"claude\"");
        assertThat(as(space, "alice", Map.of("secret", "hers", "account", "default"))
                        .ok())
                .isTrue();
    }

    @Test
    void whoHasTheBuiltInRoleEditRunsJobsAsBefore(Space space) {
        space.apply("job-creator");
        await().until(() -> space.kubectl()
                .tryRun("auth", "can-i", "use", "serviceaccounts/builder", "--as=bob")
                .ok());

        assertThat(as(space, "bob", Map.of("secret", "claude", "account", "builder"))
                        .err())
                .isEmpty();
        assertThat(space.finished("job").phase()).isEqualTo("Succeeded");
    }

    private static Kubectl.Output as(Space space, String user, Map<String, String> values) {
        return space.kubectl().tryApply(space.yaml("with-account", values), "--as=" + user);
    }

    private static boolean seen(JsonNode policy) {
        return policy.at("/status/observedGeneration").asInt()
                == policy.at("/metadata/generation").asInt();
    }
}
