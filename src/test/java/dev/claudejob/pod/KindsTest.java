package dev.claudejob.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a Pod gets of each kind of credential, in either delivery: these variables and no other that decides who is billed. */
class KindsTest {
    private static final String ENV = "credentialDelivery: Env\n";

    private static Pod pod(String spec) {
        return new PodBuilder(PodStory.SETTINGS).build(Jobs.job(spec), 1, List.of(0));
    }

    private static Pod podOfAnInstallThatAllows(String name, String url, String spec) {
        PodSettings settings = new PodSettings(
                PodStory.SETTINGS.runner(),
                PodStory.SETTINGS.helper(),
                PodStory.SETTINGS.users(),
                new Upstreams(Map.of("anthropic", Upstreams.VENDOR_API, name, url)));
        return new PodBuilder(settings).build(Jobs.job(spec), 1, List.of(0));
    }

    private static Container container(Pod pod, String name) {
        return Restricted.containers(pod)
                .filter(c -> c.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String held(Pod pod) {
        return container(pod, PodNames.HELPER_CONTAINER).getEnv().stream()
                .filter(e -> e.getName().equals("CLAUDEJOB_CREDENTIALS"))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    /** What decides in the agent who is billed: variable=value, or variable=secret/key. */
    private static List<String> credentialVariables(Pod pod) {
        return container(pod, PodNames.CLAUDE_CONTAINER).getEnv().stream()
                .filter(e -> e.getName()
                        .matches("(ANTHROPIC|AWS|AZURE|GOOGLE|GCLOUD|CLOUD_ML|CLAUDE_CODE_(USE|SKIP|OAUTH)).*"))
                .map(e -> {
                    if (e.getValueFrom() == null) {
                        return e.getName() + "=" + e.getValue();
                    }
                    SecretKeySelector from = e.getValueFrom().getSecretKeyRef();
                    return e.getName() + "=" + from.getName() + "/" + from.getKey();
                })
                .toList();
    }

    @Test
    void aGatewaysTokenGoesToTheGatewayThatTheJobNamesAndNoOtherCredentialIsThere() {
        String credential = "credentials: [{authToken: {secretKeyRef: {name: s, key: k}, upstream: gateway}}]\n";
        Pod helper = pod(credential);
        assertThat(held(helper))
                .contains("\"kind\":\"authToken\"")
                .contains("\"upstream\":\"https://gateway.example/llm\"");
        assertThat(credentialVariables(helper))
                .containsExactly(
                        "ANTHROPIC_BASE_URL=http://127.0.0.1:8787", "ANTHROPIC_AUTH_TOKEN=claudejob-placeholder");

        Pod plain = pod(credential + "credentialDelivery: Env");
        assertThat(held(plain)).isEqualTo("[]");
        assertThat(credentialVariables(plain))
                .containsExactly("ANTHROPIC_BASE_URL=https://gateway.example/llm", "ANTHROPIC_AUTH_TOKEN=s/k");
    }

    @Test
    void aTokenMayGoToAnyUpstreamThatTheInstallNames() {
        assertThat(held(pod("credentials: [{authToken: {secretKeyRef: {name: s, key: k}, upstream: anthropic}}]")))
                .contains("\"kind\":\"authToken\"", "\"upstream\":\"https://api.anthropic.com\"");
    }

    private static String variable(Pod pod, String name) {
        return container(pod, PodNames.CLAUDE_CONTAINER).getEnv().stream()
                .filter(e -> e.getName().equals(name))
                .map(EnvVar::getValue)
                .findFirst()
                .orElse("");
    }

    @Test
    void theAgentsSettingsDoNotChooseTheServiceAndTheImagesVariablesDoNotEither() {
        Pod plain = pod("""
                credentials: [{apiKey: {secretKeyRef: {name: s, key: k}}}]
                agent: {env: [{name: AWS_PROFILE, value: for-tools}]}
                """);
        assertThat(variable(plain, "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST")).isEqualTo("1");
        assertThat(variable(plain, "CLAUDEJOB_KEEP").split(" "))
                .contains(
                        "AWS_PROFILE",
                        "ANTHROPIC_BASE_URL",
                        "ANTHROPIC_API_KEY",
                        "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST");
        assertThat(variable(plain, "CLAUDEJOB_CLOUD")).isEmpty();
        assertThat(variable(plain, "CLAUDEJOB_DELIVERY")).isEmpty();

        Pod keys = pod(ENV + "credentials: [{foundry: {resource: team, apiKey: {secretKeyRef: {name: s, key: k}}}}]");
        assertThat(variable(keys, "CLAUDEJOB_CLOUD")).isEqualTo("1");
        assertThat(variable(keys, "CLAUDEJOB_DELIVERY")).isEqualTo("Env");
        Pod identity = pod(ENV + "credentials: [{bedrock: {region: eu-west-1, podIdentity: {}}}]");
        // The cluster's own webhooks add the variables by which the role is taken.
        assertThat(variable(identity, "CLAUDEJOB_CLOUD")).isEmpty();
        assertThat(variable(identity, "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST")).isEmpty();
        assertThat(container(identity, PodNames.CLAUDE_CONTAINER).getArgs()).containsExactly("--setting-sources=user");
        assertThat(container(plain, PodNames.CLAUDE_CONTAINER).getArgs()).isEmpty();
    }

    @Test
    void aBedrockKeyIsHeldByTheHelperForTheRegionsHost() {
        Pod pod = pod("credentials: [{bedrock: {region: eu-west-1, bearerToken: {secretKeyRef: {name: s, key: k}}}}]");
        assertThat(held(pod))
                .isEqualTo("[{\"name\":\"s/k\",\"kind\":\"bedrock\",\"file\":\"/credentials/0/token\","
                        + "\"upstream\":\"https://bedrock-runtime.eu-west-1.amazonaws.com\"}]");
        assertThat(credentialVariables(pod))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_BEDROCK=1",
                        "AWS_REGION=eu-west-1",
                        "AWS_EC2_METADATA_DISABLED=true",
                        "ANTHROPIC_BEDROCK_BASE_URL=http://127.0.0.1:8787",
                        "AWS_BEARER_TOKEN_BEDROCK=claudejob-placeholder");
    }

    @Test
    void underEnvDeliveryTheAgentHasTheBedrockKeyAndGoesToItsHostByItself() {
        String spec =
                ENV + "credentials: [{bedrock: {region: cn-north-1, bearerToken: {secretKeyRef: {name: s, key: k}}}}]";
        Pod pod = pod(spec);
        assertThat(held(pod)).isEqualTo("[]");
        assertThat(credentialVariables(pod))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_BEDROCK=1",
                        "AWS_REGION=cn-north-1",
                        "AWS_EC2_METADATA_DISABLED=true",
                        "AWS_BEARER_TOKEN_BEDROCK=s/k");
        assertThat(credentialVariables(podOfAnInstallThatAllows("bedrock", "http://proxy/b", spec)))
                .contains("ANTHROPIC_BEDROCK_BASE_URL=http://proxy/b");
    }

    @Test
    void accessKeysAreVariablesOfTheAgent() {
        Pod pod = pod(ENV + """
                credentials:
                - bedrock:
                    region: eu-west-1
                    accessKeys:
                      accessKeyID: {name: s, key: id}
                      secretAccessKey: {name: s, key: secret}
                      sessionToken: {name: s, key: session}
                """);
        assertThat(held(pod)).isEqualTo("[]");
        assertThat(credentialVariables(pod))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_BEDROCK=1",
                        "AWS_REGION=eu-west-1",
                        "AWS_EC2_METADATA_DISABLED=true",
                        "AWS_ACCESS_KEY_ID=s/id",
                        "AWS_SECRET_ACCESS_KEY=s/secret",
                        "AWS_SESSION_TOKEN=s/session");
    }

    @Test
    void aPodsIdentityIsTheClustersToGiveSoOnlyTheServiceIsNamed() {
        String identity = "credentials: [{bedrock: {region: eu-west-1, podIdentity: {}}}]\n";
        assertThat(credentialVariables(pod(ENV + identity)))
                .containsExactlyInAnyOrder("CLAUDE_CODE_USE_BEDROCK=1", "AWS_REGION=eu-west-1");
        assertThatThrownBy(() -> pod(identity))
                .hasMessage("credential bedrock/podIdentity can't be held by the helper");
    }

    @Test
    void aFoundryKeyGoesToTheResourcesHostAtItsOwnPath() {
        String credential = "credentials: [{foundry: {resource: team, apiKey: {secretKeyRef: {name: s, key: k}}}}]\n";
        Pod helper = pod(credential);
        assertThat(held(helper))
                .contains("\"kind\":\"foundry\"", "\"upstream\":\"https://team.services.ai.azure.com\"");
        assertThat(credentialVariables(helper))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_FOUNDRY=1",
                        "ANTHROPIC_FOUNDRY_BASE_URL=http://127.0.0.1:8787/anthropic",
                        "ANTHROPIC_FOUNDRY_API_KEY=claudejob-placeholder");
        assertThat(credentialVariables(pod(ENV + credential)))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_FOUNDRY=1",
                        "ANTHROPIC_FOUNDRY_BASE_URL=https://team.services.ai.azure.com/anthropic",
                        "ANTHROPIC_FOUNDRY_API_KEY=s/k");
    }

    @Test
    void aVertexKeyIsAFileOfTheAgentAndOfNobodyElse() {
        Pod pod = pod(ENV + """
                credentials:
                - vertex: {projectID: my-project-1, region: europe-west1, serviceAccountKey: {secretKeyRef: {name: s, key: k}}}
                """);
        assertThat(held(pod)).isEqualTo("[]");
        assertThat(credentialVariables(pod))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_VERTEX=1",
                        "CLOUD_ML_REGION=europe-west1",
                        "ANTHROPIC_VERTEX_PROJECT_ID=my-project-1",
                        "GOOGLE_APPLICATION_CREDENTIALS=/claudejob-key/key.json");
        assertThat(pod.getSpec().getVolumes())
                .filteredOn(v -> v.getName().equals("claudejob-key"))
                .singleElement()
                .satisfies(v -> assertThat(v.getSecret().getSecretName()).isEqualTo("s"));
        assertThat(Restricted.containers(pod)
                        .filter(c -> c.getVolumeMounts().stream()
                                .anyMatch(m -> m.getName().equals("claudejob-key")))
                        .map(Container::getName))
                .containsExactly(PodNames.CLAUDE_CONTAINER);
    }

    @Test
    void aPodsIdentityForVertexNeedsNoFileAndGoesWhereTheInstallSays() {
        Pod pod = podOfAnInstallThatAllows(
                "vertex",
                "http://proxy",
                ENV + "credentials: [{vertex: {projectID: my-project-1, region: global, podIdentity: {}}}]");
        assertThat(credentialVariables(pod))
                .containsExactlyInAnyOrder(
                        "CLAUDE_CODE_USE_VERTEX=1",
                        "CLOUD_ML_REGION=global",
                        "ANTHROPIC_VERTEX_PROJECT_ID=my-project-1",
                        "ANTHROPIC_VERTEX_BASE_URL=http://proxy/v1");
        assertThat(pod.getSpec().getVolumes()).noneMatch(v -> v.getName().equals("claudejob-key"));
    }
}
