package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The Secret of a running job is rotated, and the old value revoked, while the agent works; of a workload's identity the exchanged token. How often: {@code -Drotations=50} (default 3, one in
 * each order); {@code make rotation} prints how long requests waited.
 */
@ExtendWith(Testbed.class)
class RotationE2E {
    private static final int ROTATIONS = Integer.getInteger("rotations", Order.values().length);

    /** Less than the helper's hold in the testbed. */
    private static final Duration PATIENCE = Duration.ofSeconds(18);

    /** Who is first: whoever writes the Secret, or whoever revokes the old value. */
    private enum Order {
        SECRET_FIRST,
        REVOKED_FIRST,
        /** The Secret comes only when people could have read in the job's status why it waits. */
        REVOKED_LONG_BEFORE
    }

    /** @param written when the apiserver had the new Secret */
    private record Rotation(int number, Order order, Instant begun, Instant written, Instant seen) {}

    @ParameterizedTest
    @EnumSource
    void aRotatedSecretIsUsedAndNoRequestFails(Kind kind, Space space) {
        Conversation conversation = new Conversation(space, kind);
        conversation.begin();
        List<Rotation> rotations = new ArrayList<>();
        for (int number = 1; number <= ROTATIONS; number++) {
            // A vendor that revokes a token has another one.
            Order order =
                    kind == Kind.workloadIdentity ? Order.SECRET_FIRST : Order.values()[number % Order.values().length];
            rotations.add(rotate(conversation, number, order));
        }
        Job job = conversation.end();

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status().path("attempts")).hasSize(1);
        JsonNode proxy = summary(space).path("proxy");
        assertThat(proxy.path("status"))
                .as("answers that the CLI got and that were no success")
                .isEmpty();
        assertThat(proxy.path("ok").asInt()).isEqualTo(proxy.path("requests").asInt());
        assertThat(space.log(job, "claude")).doesNotContain("api_retry", "authentication_failed");

        Waits waits = Waits.read(space.kubectl()
                .run("logs", job.pod(), "-c", "helper", "--timestamps")
                .lines());
        waits.report(
                kind.name(),
                rotations.stream()
                        .map(r -> new Waits.Window(r.order().name(), r.begun(), r.written(), r.seen()))
                        .toList());
        assertThat(waits.all())
                .as("requests that would have failed")
                .isNotEmpty()
                .hasSizeGreaterThanOrEqualTo(proxy.path("held").asInt());
        if (kind == Kind.workloadIdentity) {
            assertThat(waits.all()).hasSize(ROTATIONS);
        }
    }

    private static JsonNode summary(Space space) {
        for (JsonNode container : space.pods("job").getFirst().at("/status/initContainerStatuses")) {
            if (container.path("name").asText().equals("helper")) {
                try {
                    return new ObjectMapper()
                            .readTree(container.at("/state/terminated/message").asText());
                } catch (JsonProcessingException e) {
                    throw new AssertionError("the helper's summary is no JSON", e);
                }
            }
        }
        throw new AssertionError("the Pod has no helper");
    }

    private static Rotation rotate(Conversation conversation, int number, Order order) {
        Space space = conversation.space();
        // Else the change to ready would make the kubelet look at the Secret just now.
        space.kubectl().await("pod/" + space.job("job").pod(), "condition=Ready");
        Instant begun = Instant.now();
        if (order == Order.SECRET_FIRST) {
            conversation.write(number);
        }
        Instant written = Instant.now();
        conversation.revoke(number - 1);
        if (order != Order.SECRET_FIRST) {
            if (order == Order.REVOKED_FIRST) {
                space.kubectl().await("pod/" + space.job("job").pod(), "condition=Ready=false");
            } else {
                space.withReason("job", "AuthFailed");
            }
            conversation.write(number);
            written = Instant.now();
        }
        conversation.awaitRequestWith(number, PATIENCE);
        return new Rotation(number, order, begun, written, Instant.now());
    }
}
