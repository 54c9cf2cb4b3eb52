package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.e2e.StandIn.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Testbed.class)
class CredentialE2E {
    private static final String OAUTH_BETA = "oauth-2025-04-20";

    @ParameterizedTest
    @CsvSource({"oauthToken, Helper", "oauthToken, Env", "apiKey, Helper", "apiKey, Env"})
    void theApiSeesTheJobsCredentialAndNoOther(String kind, String delivery, Space space) {
        space.apply("credential", Map.of("kind", kind, "delivery", delivery));

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).isEqualTo("Hello from the stand-in: the job ran, and this sentence is its result.");
        assertThat(job.status("/credential/name")).isEqualTo("claude/" + kind);
        assertThat(job.status("/usage/turns")).isEqualTo("1");
        assertThat(job.status("/usage/costUSD")).isNotEmpty();
        boolean oauth = kind.equals("oauthToken");
        assertThat(job.status("/credential/billing")).isEqualTo(oauth ? "Subscription" : "Metered");

        List<Request> requests = space.standIn().ofSession(job.session());
        assertThat(requests).isNotEmpty().allSatisfy(request -> {
            assertThat(request.header("authorization")).isEqualTo(oauth ? "Bearer " + Space.OAUTH_TOKEN : "");
            assertThat(request.header("x-api-key")).isEqualTo(oauth ? "" : Space.API_KEY);
            assertThat(List.of(request.header("anthropic-beta").split(",")).contains(OAUTH_BETA))
                    .isEqualTo(oauth);
        });
        assertThat(space.standIn().count("authorization", "Bearer sk-ant-oat01-placeholder"))
                .isZero();
        assertThat(space.standIn().count("x-api-key", "sk-ant-api03-placeholder"))
                .isZero();
    }
}
