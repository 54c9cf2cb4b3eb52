package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.testing.ApiServer;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Beside no kind of credential can a job's agent.env choose another service, URL or credential. */
class CredentialVariablesIT {
    private static final Map<String, String> KINDS = Map.ofEntries(
            Map.entry("oauthToken", "{oauthToken: {secretKeyRef: {name: s, key: k}}}"),
            Map.entry("apiKey", "{apiKey: {secretKeyRef: {name: s, key: k}}}"),
            Map.entry("authToken", "{authToken: {secretKeyRef: {name: s, key: k}, upstream: gateway}}"),
            Map.entry("claudeHome", "{claudeHome: {secretRef: {name: s}}}"),
            Map.entry(
                    "workloadIdentity",
                    "{workloadIdentity: {federationRuleID: fdrl_1, organizationID: 11111111-2222-3333-4444-555555555555, anthropicServiceAccountID: svac_1}}"),
            Map.entry(
                    "bedrock.bearerToken",
                    "{bedrock: {region: eu-west-1, bearerToken: {secretKeyRef: {name: s, key: k}}}}"),
            Map.entry(
                    "bedrock.accessKeys",
                    "{bedrock: {region: eu-west-1, accessKeys: {accessKeyID: {name: s, key: i}, secretAccessKey: {name: s, key: k}}}}"),
            Map.entry("bedrock.podIdentity", "{bedrock: {region: eu-west-1, podIdentity: {}}}"),
            Map.entry(
                    "vertex.serviceAccountKey",
                    "{vertex: {projectID: my-project, region: global, serviceAccountKey: {secretKeyRef: {name: s, key: k}}}}"),
            Map.entry("vertex.podIdentity", "{vertex: {projectID: my-project, region: global, podIdentity: {}}}"),
            Map.entry("foundry", "{foundry: {resource: team, apiKey: {secretKeyRef: {name: s, key: k}}}}"));

    /** What steers Claude Code whatever the kind: service, URL, credential, proxy, trust, settings, loader. */
    private static final List<String> ALWAYS = List.of(
            "ANTHROPIC_API_KEY",
            "ANTHROPIC_AUTH_TOKEN",
            "ANTHROPIC_BASE_URL",
            "anthropic_base_url",
            "ANTHROPIC_BEDROCK_BASE_URL",
            "ANTHROPIC_VERTEX_BASE_URL",
            "ANTHROPIC_VERTEX_PROJECT_ID",
            "ANTHROPIC_FOUNDRY_BASE_URL",
            "ANTHROPIC_FOUNDRY_API_KEY",
            "ANTHROPIC_CUSTOM_HEADERS",
            "ANTHROPIC_UNIX_SOCKET",
            "ANTHROPIC_FEDERATION_RULE_ID",
            "ANTHROPIC_IDENTITY_TOKEN_FILE",
            "CLAUDE_CODE_OAUTH_TOKEN",
            "CLAUDE_CODE_USE_BEDROCK",
            "CLAUDE_CODE_USE_VERTEX",
            "CLAUDE_CODE_USE_FOUNDRY",
            "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
            "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST",
            "CLAUDE_CONFIG_DIR",
            "CLAUDEJOB_KEEP",
            "HTTP_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "NO_PROXY",
            "NODE_EXTRA_CA_CERTS",
            "NODE_TLS_REJECT_UNAUTHORIZED",
            "NODE_OPTIONS",
            "BUN_OPTIONS",
            "LD_PRELOAD",
            "HOME",
            "PATH");

    /** What steers a cloud's tools, and so Claude Code beside a credential of a cloud. */
    private static final List<String> OF_CLOUDS = List.of(
            "AWS_REGION",
            "AWS_PROFILE",
            "AWS_ACCESS_KEY_ID",
            "AWS_BEARER_TOKEN_BEDROCK",
            "AWS_ENDPOINT_URL",
            "AWS_ROLE_ARN",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_CLOUD_PROJECT",
            "GCLOUD_PROJECT",
            "GCE_METADATA_HOST",
            "CLOUDSDK_CONFIG",
            "CLOUD_ML_REGION",
            "VERTEX_REGION_CLAUDE_4_5_SONNET",
            "AZURE_CLIENT_ID");

    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();

    static Stream<String> kinds() {
        return KINDS.keySet().stream().sorted();
    }

    private GenericKubernetesResource job(String kind, String variable) throws IOException {
        String delivery = kind.matches("claudeHome|workloadIdentity") ? "Helper" : "Env";
        return new YAMLMapper()
                .readValue(
                        """
                        apiVersion: claudejob.dev/v1alpha1
                        kind: ClaudeJob
                        metadata: {name: job, namespace: %s}
                        spec:
                          prompt: Hello
                          credentials: [%s]
                          credentialDelivery: %s
                          agent: {env: [{name: %s, value: x}]}
                        """.formatted(namespace, KINDS.get(kind), delivery, variable), GenericKubernetesResource.class);
    }

    private String answer(String kind, String variable) {
        try {
            client.resource(job(kind, variable)).dryRun(true).create();
            return "accepted";
        } catch (KubernetesClientException e) {
            return e.getStatus().getMessage();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aJobSetsNoVariableThatCouldChangeWhoIsBilledOrWhereACredentialGoes(String kind) {
        assertThat(ALWAYS)
                .allSatisfy(variable ->
                        assertThat(answer(kind, variable)).as(variable).contains("this variable's name is reserved"));
        if (kind.matches("(bedrock|vertex|foundry).*")) {
            assertThat(OF_CLOUDS)
                    .allSatisfy(variable -> assertThat(answer(kind, variable))
                            .as(variable)
                            .contains("must not set a variable of a cloud"));
        }
        // The test sees what it should see.
        assertThat(answer(kind, "MY_OWN")).isEqualTo("accepted");
    }
}
