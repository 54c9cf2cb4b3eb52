package dev.claudejob.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.claude.CommandLine;
import dev.claudejob.claude.Scripts;
import dev.claudejob.helper.Main;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectFieldSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodBuilderTest {
    private static final int RANDOM_SPECS = 300;

    private static Pod pod(ClaudeJob job) {
        return new PodBuilder(PodStory.SETTINGS).build(job, 1, List.of(0));
    }

    private static Pod pod(String spec) {
        return pod(Jobs.job(spec));
    }

    private static Container container(Pod pod, String name) {
        return Restricted.containers(pod)
                .filter(c -> c.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Container claude(Pod pod) {
        return container(pod, PodNames.CLAUDE_CONTAINER);
    }

    private static Optional<EnvVar> env(Container container, String name) {
        return container.getEnv().stream().filter(e -> e.getName().equals(name)).findFirst();
    }

    private static Volume volume(Pod pod, String name) {
        return pod.getSpec().getVolumes().stream()
                .filter(v -> v.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What a process sees of a command, an argument or a variable: the kubelet's third_party/forked/golang/expansion. */
    private static String asTheKubeletExpands(String text) {
        StringBuilder seen = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
            if (c == '$' && next == '$') {
                seen.append('$');
                i++;
            } else if (c == '$' && next == '(' && text.indexOf(')', i) > 0) {
                seen.append("<expanded>");
                i = text.indexOf(')', i);
            } else {
                seen.append(c);
            }
        }
        return seen.toString();
    }

    // ---- whatever the job says

    static Stream<Map<String, Object>> manySpecs() {
        return LongStream.range(0, RANDOM_SPECS).mapToObj(seed -> new RandomSpecs(seed).next());
    }

    @ParameterizedTest
    @MethodSource("manySpecs")
    void anyJobsPodHoldsToTheRules(Map<String, Object> spec) {
        ClaudeJob job = Jobs.job(spec);
        Pod pod = pod(job);

        assertThat(Restricted.problems(pod)).isEmpty();

        assertThat(pod).as("the same input gives the same Pod").isEqualTo(pod(Jobs.job(spec)));

        assertThat(pod.getMetadata().getLabels())
                .containsEntry(PodNames.MANAGED_BY_LABEL, "claudejob")
                .containsEntry(PodNames.JOB_NAME_LABEL, Jobs.NAME)
                .containsEntry(PodNames.JOB_UID_LABEL, Jobs.UID)
                .containsEntry(PodNames.ATTEMPT_LABEL, "1");
        assertThat(pod.getMetadata().getFinalizers()).containsExactly(PodNames.RESULT_FINALIZER);
        assertThat(pod.getSpec().getSchedulingGates())
                .extracting(PodSchedulingGate::getName)
                .containsExactly(PodNames.START_GATE);
        if (spec.containsKey("prompt")) {
            assertThat(pod.getMetadata().getAnnotations())
                    .containsEntry(PodNames.PROMPT_ANNOTATION, (String) spec.get("prompt"));
        }

        assertThat(pod.getSpec().getVolumes()).extracting(Volume::getName).doesNotHaveDuplicates();
        List<String> volumes =
                pod.getSpec().getVolumes().stream().map(Volume::getName).toList();
        Restricted.containers(pod).forEach(c -> {
            assertThat(c.getVolumeMounts())
                    .extracting(VolumeMount::getMountPath)
                    .doesNotHaveDuplicates();
            assertThat(c.getVolumeMounts()).extracting(VolumeMount::getName).isSubsetOf(volumes);
            assertThat(c.getEnv()).extracting(EnvVar::getName).doesNotHaveDuplicates();
        });
    }

    @ParameterizedTest
    @MethodSource("manySpecs")
    void whatAJobSaysArrivesLetterByLetter(Map<String, Object> spec) {
        ClaudeJob job = Jobs.job(spec);
        Container claude = claude(pod(job));
        assertThat(claude.getArgs().stream().map(PodBuilderTest::asTheKubeletExpands))
                .containsExactlyElementsOf(CommandLine.of(job.getSpec(), null));
        assertThat(asTheKubeletExpands(claude.getCommand().get(2))).isEqualTo(Scripts.run());
        if (job.getSpec().agent() != null && job.getSpec().agent().env() != null) {
            job.getSpec().agent().env().stream()
                    .filter(e -> e.value() != null)
                    .forEach(e -> assertThat(asTheKubeletExpands(
                                    env(claude, e.name()).orElseThrow().getValue()))
                            .isEqualTo(e.value()));
        }
    }

    @ParameterizedTest
    @MethodSource("manySpecs")
    void theCredentialIsWhereItsDeliverySaysAndNowhereElse(Map<String, Object> spec) {
        ClaudeJob job = Jobs.job(spec);
        int all = job.getSpec().credentials().size();
        Pod pod = new PodBuilder(PodStory.SETTINGS)
                .build(job, 1, IntStream.range(0, all).boxed().toList());
        int held = pod.getMetadata()
                .getAnnotations()
                .get(PodNames.CREDENTIALS_ANNOTATION)
                .split(",")
                .length;
        boolean byHelper = !"Env".equals(spec.get("credentialDelivery"));
        List<String> secretVolumes = pod.getSpec().getVolumes().stream()
                .filter(v -> v.getProjected() != null
                        || (v.getSecret() != null
                                && v.getSecret().getSecretName().startsWith("claude-")))
                .map(Volume::getName)
                .toList();
        List<String> containersWithVolume = Restricted.containers(pod)
                .filter(c -> c.getVolumeMounts().stream().anyMatch(m -> secretVolumes.contains(m.getName())))
                .map(Container::getName)
                .toList();
        List<String> containersWithVariable = Restricted.containers(pod)
                .filter(c -> c.getEnv().stream()
                        .map(EnvVar::getValueFrom)
                        .anyMatch(from -> from != null
                                && from.getSecretKeyRef() != null
                                && from.getSecretKeyRef().getName().startsWith("claude-")))
                .map(Container::getName)
                .toList();
        assertThat(containersWithVolume).isEqualTo(byHelper ? List.of(PodNames.HELPER_CONTAINER) : List.of());
        assertThat(containersWithVariable).isEqualTo(byHelper ? List.of() : List.of(PodNames.CLAUDE_CONTAINER));
        assertThat(secretVolumes).hasSize(byHelper ? held : 0);
    }

    // ---- identity

    @Test
    void aNameIsAtMost63CharactersForTheLongestJobNameAndManyAttempts() {
        String longest = "a".repeat(52);
        assertThat(PodNames.podName(longest, Jobs.UID, 9999))
                .hasSizeLessThanOrEqualTo(63)
                .matches("a{52}-[0-9a-f]{5}-9999");
    }

    @Test
    void namesTellJobsOfOneNameApartAndAttemptsToo() {
        assertThat(PodNames.podName("a", "uid-1", 1))
                .isNotEqualTo(PodNames.podName("a", "uid-2", 1))
                .isNotEqualTo(PodNames.podName("a", "uid-1", 2))
                .isEqualTo(PodNames.podName("a", "uid-1", 1));
    }

    @Test
    void theJobControlsItsPod() {
        assertThat(pod("").getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getApiVersion()).isEqualTo("claudejob.dev/v1alpha1");
            assertThat(owner.getKind()).isEqualTo("ClaudeJob");
            assertThat(owner.getName()).isEqualTo(Jobs.NAME);
            assertThat(owner.getUid()).isEqualTo(Jobs.UID);
            assertThat(owner.getController()).isTrue();
            assertThat(owner.getBlockOwnerDeletion()).isTrue();
        });
        assertThat(pod("").getMetadata().getNamespace()).isEqualTo(Jobs.NAMESPACE);
    }

    @Test
    void aTemplateAddsLabelsAndAnnotationsAndMayLetAnAutoscalerMoveTheJob() {
        Pod pod = pod("""
                template:
                  metadata:
                    labels: {team: a, claudejob.dev/attempt: "7"}
                    annotations: {note: b, karpenter.sh/do-not-disrupt: "false", claudejob.dev/prompt: forged}
                """);
        assertThat(pod.getMetadata().getLabels()).containsEntry("team", "a").containsEntry(PodNames.ATTEMPT_LABEL, "1");
        assertThat(pod.getMetadata().getAnnotations())
                .containsEntry("note", "b")
                .containsEntry("karpenter.sh/do-not-disrupt", "false")
                .containsEntry("cluster-autoscaler.kubernetes.io/safe-to-evict", "false")
                .containsEntry("kubectl.kubernetes.io/default-container", "helper")
                .containsEntry(PodNames.PROMPT_ANNOTATION, "Say hello.");
    }

    @Test
    void aForgedPromptAnnotationIsNotThePromptOfAJobThatTakesItFromAConfigMap() {
        Pod pod = pod("promptFrom: {configMapKeyRef: {name: prompts, key: p}}");
        assertThat(pod.getMetadata().getAnnotations()).doesNotContainKey(PodNames.PROMPT_ANNOTATION);
        assertThat(volume(pod, "claudejob-prompt").getConfigMap().getName()).isEqualTo("prompts");
        assertThat(volume(pod, "claudejob-prompt").getConfigMap().getItems())
                .singleElement()
                .satisfies(
                        item -> assertThat(item.getKey() + " " + item.getPath()).isEqualTo("p prompt"));
    }

    // ---- the prompt

    @Test
    void thePromptIsAFileAndNeitherAnArgumentNorAVariable() {
        Pod pod = pod("prompt: $(HOME) is secret-words");
        ObjectFieldSelector from = volume(pod, "claudejob-prompt")
                .getDownwardAPI()
                .getItems()
                .getFirst()
                .getFieldRef();
        assertThat(from.getFieldPath()).isEqualTo("metadata.annotations['claudejob.dev/prompt']");
        assertThat(pod.getMetadata().getAnnotations())
                .containsEntry(PodNames.PROMPT_ANNOTATION, "$(HOME) is secret-words");
        assertThat(pod.getSpec().toString()).doesNotContain("secret-words");
        assertThat(claude(pod).getVolumeMounts())
                .filteredOn(m -> m.getMountPath().equals("/prompt"))
                .singleElement()
                .satisfies(m -> assertThat(m.getReadOnly()).isTrue());
    }

    @Test
    void aPromptInASecretIsMountedInTheAgentOnly() {
        Pod pod = pod("promptFrom: {secretKeyRef: {name: prompts, key: p}}");
        assertThat(volume(pod, "claudejob-prompt").getSecret().getSecretName()).isEqualTo("prompts");
        assertThat(Restricted.containers(pod)
                        .filter(c -> c.getVolumeMounts().stream()
                                .anyMatch(m -> m.getName().equals("claudejob-prompt")))
                        .map(Container::getName))
                .containsExactly(PodNames.CLAUDE_CONTAINER);
    }

    // ---- credentials

    @ParameterizedTest
    @CsvSource({
        "oauthToken, CLAUDE_CODE_OAUTH_TOKEN, sk-ant-oat01-placeholder",
        "apiKey, ANTHROPIC_API_KEY, sk-ant-api03-placeholder"
    })
    void theHelperHoldsTheCredentialAndTheAgentAPlaceholder(String kind, String variable, String placeholder) {
        Pod pod = pod("credentials: [{%s: {secretKeyRef: {name: s, key: k}}}]".formatted(kind));
        assertThat(env(claude(pod), variable).orElseThrow().getValue()).isEqualTo(placeholder);
        assertThat(env(claude(pod), "ANTHROPIC_BASE_URL").orElseThrow().getValue())
                .isEqualTo("http://127.0.0.1:8787");
        assertThat(env(container(pod, PodNames.HELPER_CONTAINER), "CLAUDEJOB_CREDENTIALS")
                        .orElseThrow()
                        .getValue())
                .isEqualTo(
                        "[{\"name\":\"s/k\",\"kind\":\"%s\",\"file\":\"/credentials/0/token\",\"upstream\":\"https://api.anthropic.com\"}]"
                                .formatted(kind));
        assertThat(volume(pod, "claudejob-credential-0").getSecret().getOptional())
                .as("a Secret that comes late does not keep the Pod from starting")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"oauthToken, CLAUDE_CODE_OAUTH_TOKEN", "apiKey, ANTHROPIC_API_KEY"})
    void underEnvDeliveryTheAgentHasTheVariableAndTheHelperNothing(String kind, String variable) {
        Pod pod = pod("""
                credentialDelivery: Env
                credentials: [{%s: {secretKeyRef: {name: s, key: k}}}]
                """.formatted(kind));
        SecretKeySelector from =
                env(claude(pod), variable).orElseThrow().getValueFrom().getSecretKeyRef();
        assertThat(from.getName() + "/" + from.getKey()).isEqualTo("s/k");
        assertThat(env(claude(pod), "ANTHROPIC_BASE_URL")).isEmpty();
        assertThat(env(container(pod, PodNames.HELPER_CONTAINER), "CLAUDEJOB_CREDENTIALS")
                        .orElseThrow()
                        .getValue())
                .isEqualTo("[]");
    }

    @Test
    void anotherUpstreamIsTheHelpersOrUnderEnvTheAgents() {
        PodSettings elsewhere = new PodSettings(
                PodStory.SETTINGS.runner(),
                PodStory.SETTINGS.helper(),
                PodStory.SETTINGS.users(),
                new Upstreams(Map.of("anthropic", "http://gateway/x")));
        Pod helper = new PodBuilder(elsewhere).build(Jobs.job(""), 1, List.of(0));
        assertThat(env(container(helper, PodNames.HELPER_CONTAINER), "CLAUDEJOB_CREDENTIALS")
                        .orElseThrow()
                        .getValue())
                .contains("\"upstream\":\"http://gateway/x\"");
        Pod plain = new PodBuilder(elsewhere).build(Jobs.job("credentialDelivery: Env"), 1, List.of(0));
        assertThat(env(claude(plain), "ANTHROPIC_BASE_URL").orElseThrow().getValue())
                .isEqualTo("http://gateway/x");
    }

    @Test
    void aJobsOwnVariablesComeFirstSoThatOursWinWhereAKubeletTakesTheLast() {
        List<EnvVar> env = claude(pod("agent: {env: [{name: A, value: x}]}")).getEnv();
        assertThat(env.getFirst().getName()).isEqualTo("A");
        assertThat(env)
                .extracting(EnvVar::getName)
                .contains("DISABLE_AUTOUPDATER", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC");
    }

    @Test
    void variablesComeFromConfigMapsAndSecretsOfTheJobsNamespace() {
        Container claude = claude(pod("""
                agent:
                  env:
                  - {name: A, valueFrom: {configMapKeyRef: {name: c, key: k}}}
                  - {name: B, valueFrom: {secretKeyRef: {name: s, key: k}}}
                """));
        assertThat(env(claude, "A")
                        .orElseThrow()
                        .getValueFrom()
                        .getConfigMapKeyRef()
                        .getName())
                .isEqualTo("c");
        assertThat(env(claude, "B")
                        .orElseThrow()
                        .getValueFrom()
                        .getSecretKeyRef()
                        .getName())
                .isEqualTo("s");
    }

    // ---- images

    @ParameterizedTest(name = "template {0}: {1}, {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "{}                                            | claudejob/runner:dev | IfNotPresent",
                "{image: own:1}                                | own:1                | null",
                "{image: own:1, imagePullPolicy: Always}       | own:1                | Always",
                "{imagePullPolicy: Never}                      | claudejob/runner:dev | Never",
            })
    void anImageIsPulledAsItsOwnerSays(String template, String image, String policy) {
        Pod pod = pod("workspace: {git: {url: 'https://h/r.git'}}\ntemplate: " + template);
        for (String name : List.of(PodNames.CLAUDE_CONTAINER, PodNames.WORKSPACE_CONTAINER)) {
            assertThat(container(pod, name).getImage()).isEqualTo(image);
            assertThat(container(pod, name).getImagePullPolicy()).isEqualTo(policy);
        }
        assertThat(container(pod, PodNames.HELPER_CONTAINER).getImage()).isEqualTo("claudejob/operator:dev");
        assertThat(container(pod, PodNames.HELPER_CONTAINER).getImagePullPolicy())
                .isEqualTo("IfNotPresent");
    }

    @Test
    void pullSecretsOfJobAndInstallAreBothThereOnce() {
        PodSettings.Helper helper = PodStory.SETTINGS.helper();
        PodSettings settings = new PodSettings(
                PodStory.SETTINGS.runner(),
                new PodSettings.Helper(
                        helper.image(),
                        "Always",
                        List.of("b", "c"),
                        helper.holdSeconds(),
                        helper.failoverSeconds(),
                        helper.resources()),
                PodStory.SETTINGS.users(),
                PodStory.SETTINGS.upstreams());
        Pod pod = new PodBuilder(settings)
                .build(Jobs.job("template: {imagePullSecrets: [{name: a}, {name: b}]}"), 1, List.of(0));
        assertThat(pod.getSpec().getImagePullSecrets())
                .extracting(LocalObjectReference::getName)
                .containsExactly("a", "b", "c");
    }

    // ---- containers

    @Test
    void theHelperIsANativeSidecarBeforeTheWorkspaceAndHasNoStartupProbe() {
        Pod pod = pod("workspace: {git: {url: 'https://h/r.git', ref: main, depth: 0}}");
        assertThat(pod.getSpec().getInitContainers())
                .extracting(Container::getName)
                .containsExactly("helper", "workspace");
        Container helper = container(pod, "helper");
        assertThat(helper.getRestartPolicy()).isEqualTo("Always");
        assertThat(helper.getStartupProbe()).as("it would hold up the agent").isNull();
        assertThat(helper.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/readyz");
        assertThat(container(pod, "workspace").getRestartPolicy()).isNull();
        assertThat(env(container(pod, "workspace"), "CLAUDEJOB_GIT_DEPTH")
                        .orElseThrow()
                        .getValue())
                .isEqualTo("0");
        assertThat(env(container(pod, "workspace"), "CLAUDEJOB_GIT_REF")
                        .orElseThrow()
                        .getValue())
                .isEqualTo("main");
    }

    @Test
    void helperAndAgentAreDifferentUsersOfOneGroupThatReadEachOthersFilesOneWayOnly() {
        Pod pod = pod("");
        Function<String, Long> user =
                name -> container(pod, name).getSecurityContext().getRunAsUser();
        assertThat(user.apply("claude")).isEqualTo(1001);
        assertThat(user.apply("helper")).isEqualTo(1002);
        assertThat(pod.getSpec().getSecurityContext().getFsGroup()).isEqualTo(1003);
        assertThat(readOnly(pod, "helper", "/claudejob")).isTrue();
        assertThat(readOnly(pod, "claude", "/go")).isTrue();
        assertThat(readOnly(pod, "claude", "/claudejob")).isFalse();
        assertThat(readOnly(pod, "helper", "/go")).isFalse();
    }

    private static boolean readOnly(Pod pod, String container, String path) {
        return container(pod, container).getVolumeMounts().stream()
                .filter(m -> m.getMountPath().equals(path))
                .map(m -> Boolean.TRUE.equals(m.getReadOnly()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whereTheHelperKeepsLargeRequestsThereIsRoomForAllThatItMayKeep() {
        Pod pod = pod("");
        Container helper = container(pod, PodNames.HELPER_CONTAINER);
        String folder = env(helper, "CLAUDEJOB_SPOOL").orElseThrow().getValue();
        String volume = helper.getVolumeMounts().stream()
                .filter(mount -> mount.getMountPath().equals(folder))
                .findFirst()
                .orElseThrow()
                .getName();
        assertThat(volume(pod, volume).getEmptyDir().getSizeLimit().getNumericalAmount())
                .isGreaterThan(BigDecimal.valueOf(Main.REQUESTS_ON_DISK));
    }

    @Test
    void noVolumeIsSharedByHelperAndAgentButEventsAndTheStartSign() {
        Pod pod = pod("template: {volumes: [{name: v, emptyDir: {}}], volumeMounts: [{name: v, mountPath: /v}]}");
        List<String> ofHelper = container(pod, "helper").getVolumeMounts().stream()
                .map(VolumeMount::getName)
                .toList();
        assertThat(claude(pod).getVolumeMounts().stream()
                        .map(VolumeMount::getName)
                        .filter(ofHelper::contains))
                .containsExactlyInAnyOrder("claudejob-shared", "claudejob-go");
    }

    @Test
    void aTemplatesResourcesReplaceTheInstalls() {
        ResourceRequirements resources =
                claude(pod("template: {resources: {limits: {memory: 1Gi}}}")).getResources();
        assertThat(resources.getLimits().get("memory")).hasToString("1Gi");
        assertThat(claude(pod("")).getResources())
                .isEqualTo(PodStory.SETTINGS.runner().resources());
    }

    @Test
    void aTemplateSaysWhereThePodRunsAndAsWhom() {
        Pod pod = pod("""
                template:
                  nodeSelector: {a: b}
                  tolerations: [{key: k, operator: Exists}]
                  runtimeClassName: gvisor
                  priorityClassName: low
                  serviceAccountName: agent
                """);
        assertThat(pod.getSpec().getNodeSelector()).containsEntry("a", "b");
        assertThat(pod.getSpec().getTolerations())
                .singleElement()
                .satisfies(t -> assertThat(t.getKey()).isEqualTo("k"));
        assertThat(pod.getSpec().getRuntimeClassName()).isEqualTo("gvisor");
        assertThat(pod.getSpec().getPriorityClassName()).isEqualTo("low");
        assertThat(pod.getSpec().getServiceAccountName()).isEqualTo("agent");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a$b", "$(A)", "$$", "$", "$$(A)$"})
    void aDollarStandsForItself(String text) {
        assertThat(asTheKubeletExpands(Containers.literal(text))).isEqualTo(text);
    }

    @Test
    void anAttemptIsGivenWhatEarlierOnesLeft() {
        ClaudeJob job = Jobs.job("limits: {maxOutputTokens: 100, maxCostUSD: '2.50'}");
        assertThat(limits(job)).containsExactly("100", "--max-budget-usd=2.50");
        assertThat(limits(Jobs.with(job, spent(30, "1.25")))).containsExactly("70", "--max-budget-usd=1.25");
        assertThat(limits(Jobs.with(job, spent(130, "3")))).containsExactly("0", "--max-budget-usd=0.000001");
        assertThat(limits(Jobs.job(""))).isEmpty();
    }

    private static List<String> limits(ClaudeJob job) {
        Pod pod = pod(job);
        return Stream.concat(
                        pod.getSpec().getInitContainers().getFirst().getEnv().stream()
                                .filter(e -> e.getName().equals("CLAUDEJOB_MAX_OUTPUT_TOKENS"))
                                .map(EnvVar::getValue),
                        claude(pod).getArgs().stream())
                .toList();
    }

    private static ClaudeJobStatus spent(long outputTokens, String costUSD) {
        return Serialization.unmarshal(
                "spend: [{credential: claude/token, inputTokens: 0, outputTokens: " + outputTokens
                        + ", cacheReadInputTokens: 0, cacheCreationInputTokens: 0}]\nusage: {costUSD: '" + costUSD
                        + "'}",
                ClaudeJobStatus.class);
    }

    @ParameterizedTest
    @CsvSource({
        "Helper, '0,1,2,3,4', '0,1'",
        "Helper, '1,3,4', '1,3,4'",
        "Helper, '2,3', '2'",
        "Helper, '4,0', '4,0'",
        "Helper, '7,-1,3', '3'",
        "Helper, '', '0,1'",
        "Env, '1,3', '1'"
    })
    void oneHelperHoldsTheCredentialsThatTheSameRequestsGoWith(String delivery, String usable, String held) {
        ClaudeJob job = Jobs.job("credentialDelivery: " + delivery + """

                credentials:
                - oauthToken: {secretKeyRef: {name: s0, key: k}}
                - apiKey: {secretKeyRef: {name: s1, key: k}}
                - foundry: {resource: r, apiKey: {secretKeyRef: {name: s2, key: k}}}
                - authToken: {upstream: gateway, secretKeyRef: {name: s3, key: k}}
                - apiKey: {secretKeyRef: {name: s4, key: k}}""");
        PodSettings settings = new PodSettings(
                PodStory.SETTINGS.runner(),
                PodStory.SETTINGS.helper(),
                PodStory.SETTINGS.users(),
                new Upstreams(Map.of("anthropic", "https://api.anthropic.com", "gateway", "https://gateway")));
        Pod pod = new PodBuilder(settings)
                .build(
                        job,
                        1,
                        Stream.of(usable.split(",", -1))
                                .filter(s -> !s.isEmpty())
                                .map(Integer::valueOf)
                                .toList());
        assertThat(pod.getMetadata().getAnnotations()).containsEntry(PodNames.CREDENTIALS_ANNOTATION, held);
        String list = pod.getSpec().getInitContainers().getFirst().getEnv().stream()
                .filter(e -> e.getName().equals("CLAUDEJOB_CREDENTIALS"))
                .map(EnvVar::getValue)
                .findFirst()
                .orElseThrow();
        assertThat(Pattern.compile("\"name\":\"s([0-9])/k\"")
                        .matcher(list)
                        .results()
                        .map(r -> r.group(1)))
                .containsExactlyElementsOf(delivery.equals("Env") ? List.of() : List.of(held.split(",")));
    }
}
