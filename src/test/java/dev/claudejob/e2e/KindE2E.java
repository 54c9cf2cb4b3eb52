package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.e2e.StandIn.Request;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each kind of credential puts on the wire: its own header at its own path, and no other credential. */
@ExtendWith(Testbed.class)
class KindE2E {
    private static final String GATEWAY = "authToken: {secretKeyRef: {name: kinds, key: gateway}, upstream: gateway}";

    private static final List<String> CREDENTIAL_HEADERS = List.of(
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "cookie",
            "x-goog-api-key",
            "x-amz-security-token");

    private static Job succeeded(Space space, String credential, String delivery) {
        space.apply("kind", Map.of("credential", credential, "delivery", delivery));
        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).isEqualTo("Hello from the stand-in: the job ran, and this sentence is its result.");
        return job;
    }

    /** Every request of the job's session went below the path, with this header and no other credential. */
    private static List<Request> seen(Space space, Job job, String path, String header, String pattern) {
        List<Request> requests = space.standIn().ofSession(job.session());
        assertThat(requests).isNotEmpty().allSatisfy(request -> {
            assertThat(request.log().path("url").asText()).matches(path);
            assertThat(request.header(header)).matches(pattern);
            assertThat(CREDENTIAL_HEADERS)
                    .filteredOn(name ->
                            !name.equals(header) && !request.header(name).isEmpty())
                    .isEmpty();
            assertThat(request.header("anthropic-beta")).doesNotContain("oauth-");
        });
        return requests;
    }

    @ParameterizedTest
    @CsvSource({"Helper", "Env"})
    void aGatewaySeesItsTokenAndNoOtherCredential(String delivery, Space space) {
        Job job = succeeded(space, GATEWAY, delivery);
        assertThat(job.status("/credential/kind")).isEqualTo("authToken");
        assertThat(job.status("/credential/billing")).isEqualTo("Metered");
        seen(space, job, "/gateway/v1/messages\\?beta=true", "authorization", "Bearer gateway-token-demo");
    }

    @Test
    void aGatewayThatTheInstallDoesNotKnowEndsTheJobWithThoseThatItDoes(Space space) {
        space.apply(
                "kind",
                Map.of(
                        "credential",
                        GATEWAY.replace("upstream: gateway", "upstream: elsewhere"),
                        "delivery",
                        "Helper"));
        Job job = space.finished("job");
        assertThat(job.reason()).isEqualTo("InvalidRequest");
        assertThat(job.message()).contains("elsewhere", "anthropic, bedrock, foundry, gateway, vertex");
        assertThat(space.pods("job")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"Helper", "Env"})
    void bedrockSeesItsKeyAtTheModelsPathAndNoOtherCredential(String delivery, Space space) {
        Job job = succeeded(
                space,
                "bedrock: {region: eu-west-1, bearerToken: {secretKeyRef: {name: kinds, key: bedrock}}}",
                delivery);
        assertThat(job.status("/credential/kind")).isEqualTo("bedrock");
        assertThat(job.status("/credential/billing")).isEqualTo("Cloud");
        assertThat(seen(
                        space,
                        job,
                        "/bedrock/model/[^/]+/invoke(-with-response-stream)?",
                        "authorization",
                        "Bearer bedrock-token-demo"))
                .anySatisfy(request ->
                        assertThat(request.log().path("url").asText()).endsWith("/invoke-with-response-stream"));
    }

    @Test
    void bedrockSeesRequestsSignedWithTheAccessKeys(Space space) {
        Job job = succeeded(
                space,
                "bedrock: {region: eu-west-1, accessKeys: {accessKeyID: {name: kinds, key: accessKeyID},"
                        + " secretAccessKey: {name: kinds, key: secretAccessKey}}}",
                "Env");
        seen(
                space,
                job,
                "/bedrock/model/[^/]+/invoke(-with-response-stream)?",
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIADEMO/[0-9]{8}/eu-west-1/bedrock/aws4_request, .*");
    }

    @ParameterizedTest
    @CsvSource({"Helper", "Env"})
    void foundrySeesItsKeyAndNoOtherCredential(String delivery, Space space) {
        Job job = succeeded(
                space, "foundry: {resource: team, apiKey: {secretKeyRef: {name: kinds, key: foundry}}}", delivery);
        assertThat(job.status("/credential/kind")).isEqualTo("foundry");
        assertThat(job.status("/credential/billing")).isEqualTo("Cloud");
        seen(space, job, "/foundry/anthropic/v1/messages\\?beta=true", "x-api-key", "foundry-key-demo");
    }

    @Test
    void vertexSeesTheTokenThatTheKeyFileIsGoodForAndNoOtherCredential(Space space) {
        Job job = succeeded(
                space,
                "vertex: {projectID: demo-project, region: europe-west1,"
                        + " serviceAccountKey: {secretKeyRef: {name: kinds, key: vertex}}}",
                "Env");
        assertThat(job.status("/credential/kind")).isEqualTo("vertex");
        assertThat(job.status("/credential/billing")).isEqualTo("Cloud");
        assertThat(seen(
                        space,
                        job,
                        "/vertex/v1/projects/demo-project/locations/europe-west1/publishers/anthropic/models/[^/]+:(rawPredict|streamRawPredict)",
                        "authorization",
                        "Bearer vertex-token-demo"))
                .anySatisfy(request ->
                        assertThat(request.log().path("url").asText()).endsWith(":streamRawPredict"));
    }
}
