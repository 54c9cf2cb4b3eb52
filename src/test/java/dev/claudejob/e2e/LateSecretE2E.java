package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Testbed.class)
class LateSecretE2E {
    /** A kubelet left alone looks at a Secret again after a minute or more. */
    private static final Duration SOON = Duration.ofSeconds(25);

    @ParameterizedTest
    @ValueSource(strings = {"Helper", "Env"})
    void aJobWaitsVisiblyForItsSecretAndThenGoesOn(String delivery, Space space) {
        space.apply("late-secret", Map.of("delivery", delivery));

        Job waiting = space.withReason("job", "CredentialMissing");
        assertThat(waiting.phase()).isEqualTo("Waiting");
        assertThat(waiting.message()).contains("late/token").contains("goes on");

        space.apply("secret-late", Map.of("key", "token", "token", Space.OAUTH_TOKEN));
        succeedsSoon(space);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Helper", "Env"})
    void aSecretWithoutTheKeyIsWaitedForTheSameWay(String delivery, Space space) {
        space.apply("secret-late", Map.of("key", "another", "token", Space.OAUTH_TOKEN));
        space.apply("late-secret", Map.of("delivery", delivery));

        Job waiting = space.withReason("job", "CredentialMissing");
        assertThat(waiting.message()).contains("late/token");

        space.apply("secret-late", Map.of("key", "token", "token", Space.OAUTH_TOKEN));
        succeedsSoon(space);
    }

    @ParameterizedTest
    @CsvSource("Helper")
    void aRefusedCredentialThatIsReplacedInTimeIsUsed(String delivery, Space space) {
        space.apply("secret-late", Map.of("key", "token", "token", "sk-ant-oat01-revoked"));
        space.apply("late-secret", Map.of("delivery", delivery));

        Job waiting = space.withReason("job", "AuthFailed");
        assertThat(waiting.phase()).isEqualTo("Waiting");

        space.apply("secret-late", Map.of("key", "token", "token", Space.OAUTH_TOKEN));
        succeedsSoon(space);
    }

    private static void succeedsSoon(Space space) {
        long start = System.nanoTime();
        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    }
}
