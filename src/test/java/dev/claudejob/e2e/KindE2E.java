package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.claudejob.e2e.StandIn.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What each kind of credential puts on the wire: its own header at its own path, and no other credential. */
@ExtendWith(Testbed.class)
class KindE2E {
    private static final String GATEWAY = "authToken: {secretKeyRef: {name: kinds, key: gateway}, upstream: gateway}";
    private static final String BEDROCK =
            "bedrock: {region: eu-west-1, bearerToken: {secretKeyRef: {name: kinds, key: bedrock}}}";
    private static final String VERTEX = "vertex: {projectID: demo-project, region: europe-west1,"
            + " serviceAccountKey: {secretKeyRef: {name: kinds, key: vertex}}}";

    /** As in kind-secret.yaml. */
    private static final String SECRET_ACCESS_KEY = "made-up";

    private static final String EXPIRED = "{\"stringData\":{\".credentials.json\":"
            + "\"{\\\"claudeAiOauth\\\":{\\\"accessToken\\\":\\\"sk-ant-oat01-demo\\\",\\\"expiresAt\\\":1000000000000}}\"}}";

    static final List<String> CREDENTIAL_HEADERS = List.of(
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "cookie",
            "x-goog-api-key",
            "x-amz-security-token");

    /** A kind, how it is billed, and what the upstream must see of it and of no other. */
    enum Kind {
        OAUTH_TOKEN(
                "Subscription",
                "oauthToken: {secretKeyRef: {name: claude, key: oauthToken}}",
                "/v1/messages\\?beta=true",
                "authorization",
                "Bearer sk-ant-oat01-demo"),
        API_KEY(
                "Metered",
                "apiKey: {secretKeyRef: {name: claude, key: apiKey}}",
                "/v1/messages\\?beta=true",
                "x-api-key",
                "sk-ant-api03-demo"),
        AUTH_TOKEN(
                "Metered", GATEWAY, "/gateway/v1/messages\\?beta=true", "authorization", "Bearer gateway-token-demo"),
        CLAUDE_HOME(
                "Subscription",
                "claudeHome: {secretRef: {name: claude-home}}",
                "/v1/messages\\?beta=true",
                "authorization",
                "Bearer sk-ant-oat01-demo"),
        WORKLOAD_IDENTITY(
                "Metered",
                "workloadIdentity: {federationRuleID: fdrl_demo, organizationID: 11111111-2222-3333-4444-555555555555,"
                        + " anthropicServiceAccountID: svac_demo}",
                "/v1/messages\\?beta=true",
                "authorization",
                "Bearer sk-ant-oat01-federated-demo"),
        BEDROCK_BEARER(
                "Cloud",
                BEDROCK,
                "/bedrock/(model/[^/]+/invoke(-with-response-stream)?|inference-profiles.*)",
                "authorization",
                "Bearer bedrock-token-demo"),
        BEDROCK_KEYS(
                "Cloud",
                "bedrock: {region: eu-west-1, accessKeys: {accessKeyID: {name: kinds, key: accessKeyID},"
                        + " secretAccessKey: {name: kinds, key: secretAccessKey}}}",
                "/bedrock/(model/[^/]+/invoke(-with-response-stream)?|inference-profiles.*)",
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIADEMO/[0-9]{8}/eu-west-1/bedrock/aws4_request, .*"),
        FOUNDRY(
                "Cloud",
                "foundry: {resource: team, apiKey: {secretKeyRef: {name: kinds, key: foundry}}}",
                "/foundry/anthropic/v1/messages\\?beta=true",
                "x-api-key",
                "foundry-key-demo"),
        VERTEX_KEY(
                "Cloud",
                VERTEX,
                "/vertex/v1/projects/demo-project/locations/europe-west1/publishers/anthropic/models/[^/]+:(rawPredict|streamRawPredict)",
                "authorization",
                "Bearer vertex-token-demo");

        private final String billing;
        private final String credential;
        private final String path;
        private final String header;
        private final String value;

        Kind(String billing, String credential, String path, String header, String value) {
            this.billing = billing;
            this.credential = credential;
            this.path = path;
            this.header = header;
            this.value = value;
        }

        String jsonName() {
            return credential.substring(0, credential.indexOf(':'));
        }

        Stream<String> deliveries() {
            return switch (this) {
                case BEDROCK_KEYS, VERTEX_KEY -> Stream.of("Env");
                case CLAUDE_HOME, WORKLOAD_IDENTITY -> Stream.of("Helper");
                default -> Stream.of("Helper", "Env");
            };
        }

        boolean oauth() {
            return this == OAUTH_TOKEN || this == CLAUDE_HOME || this == WORKLOAD_IDENTITY;
        }
    }

    static Stream<Arguments> kinds() {
        return Arrays.stream(Kind.values())
                .flatMap(kind -> kind.deliveries().map(delivery -> Arguments.of(kind, delivery)));
    }

    @BeforeEach
    void makeSecrets(Space space) {
        space.apply("kind-secret");
    }

    private static Job finished(Space space, String credential, String delivery) {
        start(space, "job", credential, delivery, "");
        return space.finished("job");
    }

    /** @param template of the job, in one line */
    static void start(Space space, String name, String credential, String delivery, String template) {
        space.apply("kind", Map.of("name", name, "credential", credential, "delivery", delivery, "template", template));
    }

    /**
     * Makes a repository that turns to another service than the job's: naming the same again would prove nothing.
     *
     * @return what a job's template needs to work in it
     */
    static String hostileRepository(Space space, String name, String kind) {
        String bedrock = kind.equals("bedrock") ? "0" : "1";
        space.apply(
                "hostile-settings",
                Map.of("name", name, "bedrock", bedrock, "vertex", kind.equals("bedrock") ? "1" : "0", "foundry", "0"));
        return "volumes: [{name: repository, configMap: {name: " + name
                + "}}], volumeMounts: [{name: repository, mountPath: /workspace/.claude, readOnly: true},"
                + " {name: repository, mountPath: /workspace/.env, subPath: env, readOnly: true}]";
    }

    /** Every request of the job's session went below the path, with this header and no other credential. */
    private static void sawOnly(Space space, Job job, Kind kind) {
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).isEqualTo("Hello from the stand-in: the job ran, and this sentence is its result.");
        assertThat(job.status("/credential/kind")).isEqualTo(kind.jsonName());
        assertThat(job.status("/credential/billing")).isEqualTo(kind.billing);
        List<Request> requests = space.standIn().ofSession(job.session());
        assertThat(requests).isNotEmpty().allSatisfy(request -> {
            assertThat(request.log().path("url").asText()).matches(kind.path);
            assertThat(request.header(kind.header)).matches(kind.value);
            assertThat(CREDENTIAL_HEADERS)
                    .filteredOn(name ->
                            !name.equals(kind.header) && !request.header(name).isEmpty())
                    .isEmpty();
            assertThat(request.header("anthropic-beta").contains("oauth-")).isEqualTo(kind.oauth());
            if (kind == Kind.BEDROCK_KEYS) {
                AwsSignature signature = AwsSignature.of(request);
                assertThat(signature.signedHeaders()).contains("host", "x-amz-date");
                assertThat(signature.signature()).isEqualTo(signature.expected(request, SECRET_ACCESS_KEY));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theUpstreamSeesTheJobsCredentialAndNoOther(Kind kind, String delivery, Space space) {
        sawOnly(space, finished(space, kind.credential, delivery), kind);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRepositorysSettingsChangeNeitherWhoIsBilledNorWhereACredentialGoes(Kind kind, String delivery, Space space) {
        String template = hostileRepository(space, "hostile", kind.jsonName());
        start(space, "job", kind.credential, delivery, template);
        sawOnly(space, space.finished("job"), kind);
    }

    @Test
    void aGatewayThatTheInstallDoesNotKnowEndsTheJobWithThoseThatItDoes(Space space) {
        Job job = finished(space, GATEWAY.replace("upstream: gateway", "upstream: elsewhere"), "Helper");
        assertThat(job.reason()).isEqualTo("InvalidRequest");
        assertThat(job.message()).contains("elsewhere", "anthropic, bedrock, foundry, gateway, vertex");
        assertThat(space.pods("job")).isEmpty();
    }

    @Test
    void aBedrockKeyThatIsRefusedIsWaitedForLikeAnyOther(Space space) {
        start(space, "job", BEDROCK.replace("key: bedrock", "key: rotated"), "Helper", "");
        space.withReason("job", "CredentialMissing");
        space.kubectl().run("patch", "secret", "kinds", "-p", "{\"stringData\":{\"rotated\":\"wrong\"}}");
        space.withReason("job", "AuthFailed");
        // Meanwhile Claude Code gives up a probe of a model, and asks for the next.
        await().during(Duration.ofSeconds(6))
                .atMost(Duration.ofSeconds(12))
                .until(() -> space.job("job").reason().equals("AuthFailed"));
        space.kubectl().run("patch", "secret", "kinds", "-p", "{\"stringData\":{\"rotated\":\"bedrock-token-demo\"}}");
        sawRotated(space);
    }

    private static void sawRotated(Space space) {
        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(space.standIn().ofSession(job.session()))
                .anySatisfy(
                        request -> assertThat(request.header("authorization")).isEqualTo("Bearer bedrock-token-demo"));
    }

    @Test
    void aWorkloadsIdentityIsTheServiceAccountsOwnForTheVendorAndOfAnHour(Space space) throws Exception {
        space.kubectl().run("create", "serviceaccount", "agent");
        start(space, "job", Kind.WORKLOAD_IDENTITY.credential, "Helper", "serviceAccountName: agent");
        sawOnly(space, space.finished("job"), Kind.WORKLOAD_IDENTITY);
        String subject = "system:serviceaccount:" + space.name() + ":agent";
        JsonNode token = space.standIn().exchanges().stream()
                .map(request -> claims(request.body()))
                .filter(claims -> claims.path("sub").asText().equals(subject))
                .findFirst()
                .orElseThrow();
        assertThat(token.path("aud")).singleElement().hasToString("\"https://api.anthropic.com\"");
        assertThat(token.path("exp").asLong() - token.path("iat").asLong()).isBetween(3500L, 3700L);
        // Nothing of either token is where the agent is.
        assertThat(space.pods("job").getFirst().path("spec").path("containers").findValuesAsText("mountPath"))
                .doesNotContain("/var/run/secrets/kubernetes.io/serviceaccount")
                .noneMatch(path -> path.startsWith("/credentials"));
    }

    private static JsonNode claims(String exchange) {
        try {
            JsonMapper json = new JsonMapper();
            String jwt = json.readTree(exchange).path("assertion").asText();
            return json.readTree(Base64.getUrlDecoder().decode(jwt.split("\\.", -1)[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anIdentityThatTheVendorDoesNotTakeIsToldAsSuch(Space space) {
        Job job = finished(space, Kind.WORKLOAD_IDENTITY.credential.replace("fdrl_demo", "fdrl_other"), "Helper");
        assertThat(job.reason()).as(job.message()).isEqualTo("AuthFailed");
        assertThat(job.message())
                .contains("does not take the Pod's identity", "invalid_grant: no federation rule takes this assertion");
    }

    @Test
    void aHomesSettingsAndMemoryAreTheAgentsAndItsLoginIsNot(Space space) {
        Job job = finished(space, Kind.CLAUDE_HOME.credential, "Helper");
        sawOnly(space, job, Kind.CLAUDE_HOME);
        assertThat(space.standIn().ofSession(job.session()))
                .anySatisfy(request -> assertThat(request.body()).contains("MEMORY-OF-THE-HOME"));
        assertThat(space.log(job, "helper")).contains("the agent has the settings.json of its home");
    }

    @Test
    void aLoginThatHasExpiredIsWaitedForAndTheJobSaysThatItHas(Space space) {
        space.kubectl().run("patch", "secret", "claude-home", "-p", EXPIRED);
        Job job = finished(space, Kind.CLAUDE_HOME.credential, "Helper");
        assertThat(job.reason()).as(job.message()).isEqualTo("CredentialExpired");
        assertThat(job.message()).contains("claude-home/.credentials.json has expired at 2001-09-09T01:46:40Z");
    }

    @Test
    void aLoginThatIsRenewedInTimeIsUsed(Space space) {
        space.kubectl().run("patch", "secret", "claude-home", "-p", EXPIRED);
        start(space, "job", Kind.CLAUDE_HOME.credential, "Helper", "");
        space.withReason("job", "AuthFailed");
        space.apply("kind-secret");
        sawOnly(space, space.finished("job"), Kind.CLAUDE_HOME);
    }

    /** What Claude Code says of a cloud's credential that is wrong or missing is no failure of the network. */
    @ResourceLock(Cloud.METADATA)
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vertex: {projectID: demo-project, region: global, serviceAccountKey: {secretKeyRef: {name: kinds, key: vertexRefused}}} | AuthFailed | Invalid JWT Signature",
                "vertex: {projectID: demo-project, region: global, serviceAccountKey: {secretKeyRef: {name: kinds, key: notJSON}}} | CredentialMissing | Could not load Google Cloud credentials",
                "vertex: {projectID: demo-project, region: global, podIdentity: {}} | CredentialMissing | Could not load Google Cloud credentials",
                "bedrock: {region: eu-west-1, podIdentity: {}} | CredentialMissing | Could not load AWS credentials"
            })
    void aCloudsCredentialThatIsNotTakenIsToldAsSuch(String credential, String reason, String says, Space space) {
        Job job = finished(space, credential, "Env");
        assertThat(job.reason()).as(job.message()).isEqualTo(reason);
        assertThat(job.message()).contains(says);
    }
}
