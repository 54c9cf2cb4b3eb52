package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.pod.PodNames;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** The operator may do what it does, and nothing else. Alone, for it begins with another operator. */
@Isolated
@Timeout(300)
@ExtendWith(Testbed.class)
class RightsE2E {
    /** No request tells of it: who sets blockOwnerDeletion must have it where OwnerReferencesPermissionEnforcement is on, as it is here. */
    private static final Set<String> UNSEEN = Set.of("update claudejobs/finalizers");

    @Test
    void everyVerbOfTheChartsRolesIsUsed(Space space) {
        Install install = Install.of(space);
        Instant begun = Instant.now();
        install.scale(0);
        install.kubectl().run("delete", "lease", "claudejob-operator");
        space.apply("shared-job", Map.of("name", "shared", "prompt", "scenario:text"));
        install.scale(1);

        space.job("huge", "huge", "");
        space.kubectl().run("create", "configmap", "other-result");
        space.job("other", "huge", "");
        space.job("expiring", "text", "ttlSecondsAfterFinished: 1");
        space.job("running", "slow:60", "");
        space.job("unschedulable", "text", "template: {nodeSelector: {no-such-label: anywhere}}");
        space.job(
                "unmounted",
                "text",
                "template: {volumes: [{name: late, configMap: {name: late}}], volumeMounts: [{name: late, mountPath: /late}]}");
        String squatted = PodNames.podName(
                "shared", space.job("shared").object().at("/metadata/uid").asText(), 1);
        space.kubectl().apply(space.yaml("bystander", Map.of("name", squatted)));
        space.kubectl().run("create", "secret", "generic", "team", "--from-literal=token=" + Space.OAUTH_TOKEN);
        space.apply("shared-credential", Map.of("jobs", "1"));
        space.withReason("shared", "NameTaken");
        space.kubectl().run("delete", "pod", squatted, "--grace-period=1");
        space.withReason("running", "Running");
        space.kubectl().run("delete", "claudejob", "running", "--wait=false");
        space.withReason("unschedulable", "Unschedulable");
        space.withReason("unmounted", "PodRejected");
        space.kubectl()
                .run("patch", "claudejob", "unschedulable", "--type=merge", "-p", "{\"spec\":{\"cancel\":true}}");
        space.finished("unschedulable");
        space.finished("huge");
        space.finished("other");
        space.finished("shared", Duration.ofSeconds(100));
        space.kubectl().awaitEnd("claudejob/expiring");

        Set<String> granted = granted(install.kubectl());
        granted.removeAll(UNSEEN);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(AuditLog.ofTestbed().usedByOperatorSince(begun))
                        .containsAll(granted));
    }

    /** As {@code verb resource}. */
    private static Set<String> granted(Kubectl kubectl) {
        Set<String> granted = new TreeSet<>();
        for (JsonNode role : new JsonNode[] {
            kubectl.json("get", "clusterrole", "claudejob-operator"),
            kubectl.json("get", "role", "claudejob-operator-lease")
        }) {
            for (JsonNode rule : role.path("rules")) {
                for (JsonNode resource : rule.path("resources")) {
                    rule.path("verbs")
                            .forEach(verb -> granted.add(verb.asText() + " " + resource.asText()
                                    + group(rule.path("apiGroups").path(0).asText())));
                }
            }
        }
        return granted;
    }

    private static String group(String group) {
        return group.equals("events.k8s.io") ? " of " + group : "";
    }
}
