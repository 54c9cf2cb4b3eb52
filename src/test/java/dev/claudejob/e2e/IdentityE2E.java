package dev.claudejob.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.e2e.Attacker.Received;
import dev.claudejob.e2e.StandIn.Request;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The role that a cluster of a cloud gives a Pod: the testbed's node has what a node of EKS or GKE has, and Claude Code finds it by itself. No
 * repository changes which role, or where its requests go.
 */
@Timeout(300)
@ExtendWith(Testbed.class)
@ResourceLock(Cloud.METADATA)
class IdentityE2E {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String BEDROCK = "bedrock: {region: eu-west-1, podIdentity: {}}";
    private static final String VERTEX = "vertex: {projectID: demo-project, region: europe-west1, podIdentity: {}}";
    private static final String TOKEN_FILE = "/var/run/secrets/aws/token";

    /** How a Pod comes to its role: by EKS Pod Identity, by IRSA, by GKE's metadata server. */
    enum Way {
        pods(BEDROCK),
        role(BEDROCK),
        metadata(VERTEX);

        private final String credential;

        Way(String credential) {
            this.credential = credential;
        }
    }

    @Test
    void aPodsRoleIsFoundAndUsedAndNoRepositoryChangesWhichOrWhere(Space space) {
        try (Cloud cloud = Cloud.start(space)) {
            // As EKS sets them. That AWS's token service is on the node is the testbed's.
            Cloud.giveRole(
                    space,
                    "pods",
                    "pods.eks.amazonaws.com",
                    Map.of(
                            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                            "http://169.254.170.23/v1/credentials",
                            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                            TOKEN_FILE));
            Cloud.giveRole(
                    space,
                    "role",
                    "sts.amazonaws.com",
                    Map.of(
                            "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/claude",
                            "AWS_WEB_IDENTITY_TOKEN_FILE", TOKEN_FILE,
                            "AWS_STS_REGIONAL_ENDPOINTS", "regional",
                            "AWS_ENDPOINT_URL_STS", "http://169.254.170.23"));
            space.kubectl().run("create", "serviceaccount", "metadata");
            for (Way way : Way.values()) {
                String account = "serviceAccountName: " + way;
                String kind = way.credential.substring(0, way.credential.indexOf(':'));
                String repository = KindE2E.hostileRepository(space, "hostile-" + way, kind);
                KindE2E.start(space, way.name(), way.credential, "Env", account);
                KindE2E.start(space, way + "-hostile", way.credential, "Env", account + ", " + repository);
            }

            for (Way way : Way.values()) {
                for (String name : List.of(way.name(), way + "-hostile")) {
                    Job job = space.finished(name, PATIENCE);
                    assertThat(job.phase()).as(name + ": " + job.message()).isEqualTo("Succeeded");
                    assertThat(job.text())
                            .isEqualTo("Hello from the stand-in: the job ran, and this sentence is its result.");
                    assertThat(job.status("/credential/billing")).isEqualTo("Cloud");
                    List<Request> requests = space.standIn().ofSession(job.session());
                    assertThat(requests).as(name).isNotEmpty().allSatisfy(request -> {
                        switch (way) {
                            case pods -> signed(request, "made-up-for-pods", "session-for-pods");
                            case role -> signed(request, "made-up-for-a-role", "session-for-a-role");
                            case metadata -> borne(request);
                        }
                    });
                }
            }
            cloudSaw(space, cloud.received());
        } finally {
            Cloud.takeRole(space, "pods");
            Cloud.takeRole(space, "role");
        }
    }

    private static void signed(Request request, String secretAccessKey, String session) {
        assertThat(request.url()).matches("/bedrock/(model/[^/]+/invoke(-with-response-stream)?|inference-profiles.*)");
        AwsSignature signature = AwsSignature.of(request);
        assertThat(signature.keyID()).isEqualTo("ASIADEMO");
        assertThat(signature.scope()).matches("[0-9]{8}/eu-west-1/bedrock/aws4_request");
        assertThat(signature.signedHeaders()).contains("host", "x-amz-date", "x-amz-security-token");
        assertThat(signature.signature()).isEqualTo(signature.expected(request, secretAccessKey));
        assertThat(request.header("x-amz-security-token")).isEqualTo(session);
        noOther(request, "authorization", "x-amz-security-token");
    }

    private static void borne(Request request) {
        assertThat(request.url())
                .matches("/vertex/v1/projects/demo-project/locations/europe-west1/publishers/anthropic/models/[^/]+"
                        + ":(rawPredict|streamRawPredict)");
        assertThat(request.header("authorization")).isEqualTo("Bearer vertex-identity-demo");
        noOther(request, "authorization");
    }

    private static void noOther(Request request, String... headers) {
        assertThat(KindE2E.CREDENTIAL_HEADERS)
                .filteredOn(name -> !List.of(headers).contains(name)
                        && !request.header(name).isEmpty())
                .isEmpty();
    }

    /** Each asked with the token that Kubernetes made for this purpose, and its own ServiceAccount. */
    private static void cloudSaw(Space space, List<Received> received) {
        List<String> pods = received.stream()
                .filter(request -> request.target().equals("/v1/credentials"))
                .map(request -> request.header("authorization"))
                .toList();
        List<String> role = received.stream()
                .flatMap(request -> Stream.of(request.body().split("&", -1)))
                .filter(field -> field.startsWith("WebIdentityToken="))
                .map(field -> URLDecoder.decode(field.split("=", 2)[1], UTF_8))
                .toList();
        assertThat(pods).hasSizeGreaterThanOrEqualTo(2).allSatisfy(token -> isOf(space, token, "pods"));
        assertThat(role).hasSizeGreaterThanOrEqualTo(2).allSatisfy(token -> isOf(space, token, "role"));
        assertThat(received)
                .filteredOn(request -> request.body().contains("WebIdentityToken="))
                .allSatisfy(request -> assertThat(URLDecoder.decode(request.body(), UTF_8))
                        .contains("RoleArn=arn:aws:iam::123456789012:role/claude"));
        assertThat(received)
                .filteredOn(request -> request.target().contains("/service-accounts/default/token"))
                .hasSizeGreaterThanOrEqualTo(2);
    }

    private static void isOf(Space space, String token, String account) {
        JsonNode claims = Cloud.claims(token);
        assertThat(claims.path("aud"))
                .singleElement()
                .hasToString(account.equals("pods") ? "\"pods.eks.amazonaws.com\"" : "\"sts.amazonaws.com\"");
        assertThat(claims.path("sub").asText()).isEqualTo("system:serviceaccount:" + space.name() + ":" + account);
    }
}
