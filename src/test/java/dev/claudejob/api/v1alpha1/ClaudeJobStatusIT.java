package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.testing.ApiServer;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClaudeJobStatusIT {
    private static final String TIME = "2026-01-02T03:04:05Z";

    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();

    /** A field that the schema does not know would be dropped in silence. */
    @Test
    void theApiserverKeepsEveryFieldThatTheOperatorWrites() {
        ClaudeJobStatus written = full();
        assertThat(Stream.of(ClaudeJobStatus.class.getRecordComponents()).map(c -> value(c.getAccessor(), written)))
                .as("every field is set")
                .doesNotContainNull();

        ClaudeJob job = resource(job()).create();
        job.setStatus(written);
        resource(job).updateStatus();

        assertThat(resource(job()).get().getStatus()).isEqualTo(written);
    }

    @Test
    void aUsersStatusIsIgnoredAndANewJobSaysThatNobodyHasSeenIt() {
        ClaudeJob job = job();
        job.setStatus(full());
        resource(job).create();

        ClaudeJobStatus status = resource(job).get().getStatus();
        assertThat(status.phase()).isEqualTo(Phase.Pending);
        assertThat(status.observedGeneration()).isEqualTo(-1);
        assertThat(status.reason()).isNull();
        assertThat(status.conditions()).isNull();
    }

    private Resource<ClaudeJob> resource(ClaudeJob job) {
        return client.resource(job).inNamespace(namespace);
    }

    private static ClaudeJob job() {
        ClaudeJob job = new ClaudeJob();
        job.setMetadata(new ObjectMetaBuilder().withName("hello").build());
        job.setSpec(new ClaudeJobSpec(
                "Say hello.",
                null,
                null,
                List.of(new Credential(
                        new SecretCredential(new KeyRef("claude", "token")),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null)),
                null,
                null,
                null,
                null,
                null,
                null,
                Retry.DEFAULT,
                null,
                null));
        return job;
    }

    private static ClaudeJobStatus full() {
        return new ClaudeJobStatus(
                1L,
                Phase.Succeeded,
                "Succeeded",
                "The agent answered.",
                List.of(new Condition("Complete", ConditionStatus.True, "Succeeded", "Done.", TIME, 1L)),
                TIME,
                TIME,
                12L,
                1,
                1,
                TIME,
                List.of(new Attempt(
                        1,
                        "hello-abcde-1",
                        "uid",
                        "claude/token",
                        TIME,
                        TIME,
                        0,
                        "Succeeded",
                        "Done.",
                        "0.0123",
                        "id",
                        List.of(new Spend("claude/token", Billing.Subscription, 1, 2, 3, 4)),
                        new CredentialRef("team"),
                        new CredentialFinding(
                                TIME,
                                CredentialVerdict.UsageLimited,
                                TIME,
                                "five_hour",
                                TIME,
                                List.of(new Utilization("five_hour", 92, TIME, TIME))))),
                new CredentialStatus("claude/token", "oauthToken", Billing.Subscription, new CredentialRef("team")),
                List.of(new Cooldown("claude/token", "UsageLimit", TIME)),
                new SessionStatus("id"),
                new Result(
                        "Hello.",
                        Map.of("list", List.of(1, Map.of("deep", true)), "text", "x"),
                        6L,
                        "ab",
                        false,
                        new ConfigMapRef("hello-result")),
                new Usage(3, 1L, 2L, 3L, 4L, "0.0123", Map.of("claude-x", new ModelUsage(1L, 2L, 3L, 4L, "0.01"))),
                List.of(new Spend("claude/token", Billing.Subscription, 1, 2, 3, 4)),
                List.of(new PermissionDenial("Bash", 2)),
                new CliStatus("2.1.0", "sha256:ab"));
    }

    private static Object value(Method accessor, Object record) {
        try {
            return accessor.invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
