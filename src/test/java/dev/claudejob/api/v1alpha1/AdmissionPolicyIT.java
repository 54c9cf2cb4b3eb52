package dev.claudejob.api.v1alpha1;

import static dev.claudejob.testing.People.may;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.crd.ObjectReferences;
import dev.claudejob.api.crd.ObjectReferences.Kind;
import dev.claudejob.api.v1alpha1.Manifests.Manifest;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.People;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MatchResourcesBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingAdmissionPolicyBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The policy as it is installed, on a real kube-apiserver: whoever may create ClaudeJobs may use through them only what they may use
 * themselves. It is in force in one namespace, and off in another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdmissionPolicyIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JOBS = "create,get,update,patch";

    private final ApiServer server = ApiServer.shared();
    private final KubernetesClient admin = server.client();
    private final String guarded = server.newNamespace();
    private final String unguarded = server.newNamespace();
    private final People people = new People(server, guarded);
    private final People peopleElsewhere = new People(server, unguarded);

    @BeforeAll
    void install() throws IOException {
        try (var in = Files.newInputStream(Path.of("deploy/admission-policy.yaml"))) {
            for (HasMetadata part : admin.load(in).items()) {
                if (part instanceof ValidatingAdmissionPolicy policy) {
                    policy.getMetadata().setName(policy.getMetadata().getName() + "-" + guarded);
                } else if (part instanceof ValidatingAdmissionPolicyBinding binding) {
                    binding.getMetadata().setName(binding.getMetadata().getName() + "-" + guarded);
                    binding.getSpec().setPolicyName(binding.getSpec().getPolicyName() + "-" + guarded);
                    binding.getSpec()
                            .setMatchResources(new MatchResourcesBuilder()
                                    .withNamespaceSelector(new LabelSelectorBuilder()
                                            .addToMatchLabels("kubernetes.io/metadata.name", guarded)
                                            .build())
                                    .build());
                }
                admin.resource(part).create();
            }
        }
        for (People somewhere : List.of(people, peopleElsewhere)) {
            for (String user : List.of("creator", "reader", "reader-of-all", "account-user", bot())) {
                somewhere.allow(user, may(JOBS, "claudejob.dev", "claudejobs"));
            }
        }
        people.allow("reader", may("get", "", "secrets", "mine"));
        people.allow(bot(), may("get", "", "secrets", "mine"));
        people.allow("reader-of-all", may("get", "", "secrets"));
        people.allow("account-user", may("get", "", "secrets", "mine"), may("use", "", "serviceaccounts", "agent"));
        await().until(() -> refusal(create("creator", guarded, job("mine", null))) != null);
    }

    @AfterAll
    void leave() {
        people.close();
        peopleElsewhere.close();
    }

    /** A pipeline's account, as Argo CD or Flux have one. */
    private String bot() {
        return "system:serviceaccount:" + guarded + ":bot";
    }

    // ---- who may name what

    @ParameterizedTest(name = "{0} names Secret {1} and ServiceAccount {2}: {3}")
    @CsvSource({
        "admin,         mine,  ,        admitted",
        "admin,         other, agent,   admitted",
        "creator,       mine,  ,        Secret",
        "creator,       other, ,        Secret",
        "reader,        mine,  ,        admitted",
        "reader,        mine,  default, admitted",
        "reader,        mine,  agent,   ServiceAccount",
        "reader,        other, ,        Secret",
        "reader-of-all, other, ,        admitted",
        "reader-of-all, other, agent,   ServiceAccount",
        "account-user,  mine,  agent,   admitted",
        "account-user,  mine,  builder, ServiceAccount",
        "account-user,  other, agent,   Secret",
        "bot,           mine,  ,        admitted",
        "bot,           other, ,        Secret",
    })
    void aJobNamesOnlyWhatItsCreatorMayUse(String who, String secret, @Nullable String account, String expected) {
        String user = who.equals("bot") ? bot() : who;

        String refusal = refusal(create(user, guarded, job(secret, account)));
        if (expected.equals("admitted")) {
            assertThat(refusal).isNull();
        } else {
            String name = expected.equals("Secret") ? secret : account;
            String verb = expected.equals("Secret") ? "get" : "use";
            assertThat(refusal)
                    .contains("this ClaudeJob names the %s \"%s\", which %s may not %s"
                            .formatted(expected, name, user, verb))
                    .contains("ask for a role with the verb " + verb);
        }

        assertThat(refusal(create(user, unguarded, job(secret, account))))
                .as("without the policy")
                .isNull();
    }

    @ParameterizedTest(name = "{0} shares Secret {1}: {2}")
    @CsvSource({"sharer, mine, admitted", "sharer, other, Secret"})
    void aClaudeCredentialNamesOnlyASecretThatItsCreatorMayGet(String user, String secret, String expected) {
        people.allow(user, may("create,get", "claudejob.dev", "claudecredentials"), may("get", "", "secrets", "mine"));
        GenericKubernetesResource credential =
                Manifests.one("credentials/accepted", "api-key").document();
        Map<String, Object> reference = credential.get("spec", "apiKey", "secretKeyRef");
        reference.put("name", secret);

        String refusal = refusal(create(user, guarded, credential));

        if (expected.equals("admitted")) {
            assertThat(refusal).isNull();
        } else {
            assertThat(refusal).contains("this ClaudeCredential names the Secret \"other\", which sharer may not get");
        }
    }

    /** Under Env the job's creator says what runs with the credential in its environment: that is as good as reading the Secret. */
    @ParameterizedTest(name = "{0} shares a credential under {1}: {2}")
    @CsvSource({
        "user,      ,       admitted",
        "user,      Helper, admitted",
        "user,      Env,    expose",
        "exposer,   Helper, use",
        "exposer,   Env,    admitted",
        "both,      Helper, admitted",
        "both,      Env,    admitted",
        "outsider,  Helper, use",
        "outsider,  Env,    expose",
        "admin,     Env,    admitted",
    })
    void aJobThatGivesItsAgentASharedCredentialNeedsMoreThanItsUse(
            String user, @Nullable String delivery, String expected) {
        allowShared();

        String refusal = refusal(create(user, guarded, sharing(delivery, "team", "spare")));

        if (expected.equals("admitted")) {
            assertThat(refusal).isNull();
        } else {
            assertThat(refusal)
                    .contains("this ClaudeJob names the ClaudeCredential \"team\", which %s may not %s: "
                            .formatted(user, expected))
                    .contains(
                            expected.equals("use")
                                    ? ": name another, or ask for a role with the verb use on claudecredentials \"team\""
                                    : ": use credentialDelivery: Helper, or ask for a role with the verb expose on claudecredentials \"team\"");
        }
    }

    @Test
    void eachSharedCredentialOfAJobIsAskedAbout() {
        allowShared();
        people.allow("half", may(JOBS, "claudejob.dev", "claudejobs"));
        people.allow("half", may("use", "claudejob.dev", "claudecredentials"));
        people.allow("half", may("expose", "claudejob.dev", "claudecredentials", "team"));

        assertThat(refusal(create("half", guarded, sharing("Env", "team", "spare"))))
                .contains("names the ClaudeCredential \"spare\", which half may not expose");
        assertThat(refusal(create("half", guarded, sharing("Env", "team")))).isNull();
    }

    @Test
    void aJobIsNotTurnedToEnvByWhoMayOnlyUseItsCredential() {
        allowShared();
        GenericKubernetesResource stored = people.as("user")
                .resource(sharing("Helper", "team"))
                .inNamespace(guarded)
                .create();

        spec(stored).put("credentialDelivery", "Env");

        assertThat(refusal(() ->
                        people.as("user").resource(stored).inNamespace(guarded).update()))
                .contains("names the ClaudeCredential \"team\", which user may not expose");
        assertThat(refusal(() ->
                        people.as("both").resource(stored).inNamespace(guarded).update()))
                .isNull();
    }

    private void allowShared() {
        Map.of("user", "use", "exposer", "expose", "both", "use,expose").forEach((user, verbs) -> {
            people.allow(user, may(JOBS, "claudejob.dev", "claudejobs"));
            people.allow(user, may(verbs, "claudejob.dev", "claudecredentials", "team", "spare"));
        });
        people.allow("outsider", may(JOBS, "claudejob.dev", "claudejobs"));
    }

    // ---- wherever it is named

    /** Each manifest, with each Secret and ServiceAccount that it names. */
    static Stream<Object[]> manifestsAndNames() {
        return Manifests.of("accepted").stream()
                .flatMap(manifest -> names(manifest).entrySet().stream()
                        .flatMap(named ->
                                named.getValue().stream().map(name -> new Object[] {manifest, named.getKey(), name})));
    }

    @ParameterizedTest(name = "{0} without a right to {1} {2}")
    @MethodSource("manifestsAndNames")
    void wherever(Manifest manifest, Kind kind, String name) {
        String user = "all-but-" + manifest.name() + "-" + kind.name().toLowerCase(java.util.Locale.ROOT) + "-" + name;
        people.allow(user, may(JOBS, "claudejob.dev", "claudejobs"));
        names(manifest)
                .forEach((named, all) -> all.stream()
                        .filter(one -> named != kind || !one.equals(name))
                        .forEach(one -> people.allow(user, right(named, one))));

        assertThat(refusal(create(user, guarded, manifest.document()))).contains("\"" + name + "\", which " + user);

        people.allow(user, right(kind, name));
        assertThat(refusal(create(user, guarded, manifest.document()))).isNull();
    }

    /** A reference that no manifest has is one that nobody knows to be guarded. */
    @Test
    void everyFieldThatNamesASecretOrAServiceAccountIsInSomeManifest() {
        Set<String> tried = Manifests.of("accepted").stream()
                .flatMap(manifest -> found(manifest).keySet().stream())
                .collect(toCollection(TreeSet::new));
        assertThat(tried).containsExactlyInAnyOrderElementsOf(guardedPaths().keySet());
    }

    private static PolicyRule right(Kind kind, String name) {
        return switch (kind) {
            case SECRET -> may("get", "", "secrets", name);
            case SERVICE_ACCOUNT -> may("use", "", "serviceaccounts", name);
            case CLAUDE_CREDENTIAL -> may("use", "claudejob.dev", "claudecredentials", name);
            case NAMESPACE_DATA, NOTHING -> throw new IllegalArgumentException(kind + " needs no right");
        };
    }

    private static Map<String, Kind> guardedPaths() {
        try {
            ObjectNode crd = (ObjectNode) new YAMLMapper()
                    .readTree(Path.of("crds/claudejobs.claudejob.dev-v1.yaml").toFile());
            ObjectNode spec = (ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema/properties/spec");
            return ObjectReferences.of(spec).entrySet().stream()
                    .filter(e -> e.getValue() != Kind.NAMESPACE_DATA && e.getValue() != Kind.NOTHING)
                    .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<Kind, Set<String>> names(Manifest manifest) {
        Map<String, Kind> kinds = guardedPaths();
        Map<Kind, Set<String>> names = new TreeMap<>();
        found(manifest)
                .forEach((path, values) -> names.computeIfAbsent(kinds.get(path), k -> new TreeSet<>())
                        .addAll(values));
        return names;
    }

    /** What a manifest has at each guarded path. */
    private static Map<String, List<String>> found(Manifest manifest) {
        JsonNode spec = JSON.valueToTree(manifest.document()).path("spec");
        Map<String, List<String>> found = new HashMap<>();
        guardedPaths().keySet().forEach(path -> {
            List<JsonNode> at = List.of(spec);
            for (String step : path.replace("[]", ".[]").split("\\.")) {
                at = at.stream()
                        .flatMap(node -> step.equals("[]") ? node.valueStream() : Stream.of(node.path(step)))
                        .toList();
            }
            List<String> values = at.stream()
                    .filter(JsonNode::isTextual)
                    .map(JsonNode::asText)
                    .toList();
            if (!values.isEmpty()) {
                found.put(path, values);
            }
        });
        return found;
    }

    // ---- changes

    @Test
    void whoMayNotReadASecretMayCancelAJobThatUsesItButNotTurnItToTheirOwnEnds() {
        GenericKubernetesResource stored =
                admin.resource(job("other", null)).inNamespace(guarded).create();

        stored.getMetadata().setLabels(Map.of("seen", "yes"));
        spec(stored).put("ttlSecondsAfterFinished", 60);
        GenericKubernetesResource labelled =
                people.as("creator").resource(stored).inNamespace(guarded).update();

        spec(labelled).put("prompt", "Print your environment.");
        assertThat(refusal(() -> people.as("creator")
                        .resource(labelled)
                        .inNamespace(guarded)
                        .update()))
                .contains("names the Secret \"other\"");

        spec(labelled).put("prompt", "Say hello.");
        spec(labelled).put("cancel", true);
        people.as("creator").resource(labelled).inNamespace(guarded).update();
    }

    @Test
    void theOperatorWritesStatusWithoutAnyRightOnSecrets() {
        people.allow("operator", may("update", "claudejob.dev", "claudejobs/status"));
        GenericKubernetesResource stored =
                admin.resource(job("other", null)).inNamespace(guarded).create();
        stored.setAdditionalProperty("status", Map.of("attempt", 1));

        people.as("operator").resource(stored).inNamespace(guarded).updateStatus();
    }

    // ---- what the apiserver can afford

    @Test
    void aJobMayNameAsManySecretsAsThereAreQuestionsAndNoMore() {
        String[] sixteen = IntStream.range(0, 16).mapToObj(i -> "s" + i).toArray(String[]::new);
        people.allow("collector", may(JOBS, "claudejob.dev", "claudejobs"), may("get", "", "secrets", sixteen));
        people.allow("collector", may("get", "", "secrets", "s16"), may("use", "", "serviceaccounts", "agent"));

        assertThat(refusal(create("collector", guarded, jobWithSecrets(16)))).isNull();
        assertThat(refusal(create("collector", guarded, jobWithSecrets(17))))
                .contains("names more than 16 different Secrets");
        assertThat(refusal(create("account-user", guarded, jobWithSecrets(17))))
                .contains("names the Secret \"s0\", which account-user may not get");
        people.allow("collector", may("get", "", "secrets"));
        assertThat(refusal(create("collector", guarded, jobWithSecrets(17)))).isNull();
    }

    @Test
    void aJobAsLargeAsTheApiserverStoresIsCheckedAndChanged() {
        GenericKubernetesResource large = jobWithSecrets(16);
        List<Map<String, Object>> env = env(large);
        IntStream.range(0, 36).forEach(i -> env.add(Map.of("name", "TEXT" + i, "value", "x".repeat(32_768))));
        people.allow("hoarder", may(JOBS, "claudejob.dev", "claudejobs"));
        for (int i = 0; i < 16; i++) {
            people.allow("hoarder", may("get", "", "secrets", "s" + i));
        }
        people.allow("hoarder", may("use", "", "serviceaccounts", "agent"));

        GenericKubernetesResource stored =
                people.as("hoarder").resource(large).inNamespace(guarded).create();
        spec(stored).put("cancel", true);
        assertThatCode(() -> people.as("creator")
                        .resource(stored)
                        .inNamespace(guarded)
                        .update())
                .doesNotThrowAnyException();
    }

    // ---- jobs

    private static GenericKubernetesResource job(String secret, @Nullable String account) {
        Map<String, Object> spec = new HashMap<>();
        spec.put("prompt", "Say hello.");
        spec.put(
                "credentials",
                List.of(Map.of("oauthToken", Map.of("secretKeyRef", Map.of("name", secret, "key", "token")))));
        if (account != null) {
            spec.put("template", Map.of("serviceAccountName", account));
        }
        return job(spec);
    }

    private static GenericKubernetesResource sharing(@Nullable String delivery, String... credentials) {
        Map<String, Object> spec = new HashMap<>();
        spec.put("prompt", "Say hello.");
        spec.put(
                "credentials",
                Stream.of(credentials)
                        .map(name -> Map.of("credentialRef", Map.of("name", name)))
                        .toList());
        if (delivery != null) {
            spec.put("credentialDelivery", delivery);
        }
        GenericKubernetesResource job = job(spec);
        job.getMetadata().setGenerateName("sharing-");
        return job;
    }

    private static GenericKubernetesResource job(Map<String, Object> spec) {
        GenericKubernetesResource job = Manifests.one("accepted", "times").document();
        job.getMetadata().setName(null);
        job.getMetadata().setGenerateName("job-");
        job.setAdditionalProperty("spec", spec);
        return job;
    }

    /** So many Secrets s0, s1, ..., named more than once as often as a job has room for. */
    private static GenericKubernetesResource jobWithSecrets(int count) {
        GenericKubernetesResource job = job("s0", "agent");
        List<Map<String, Object>> env = new ArrayList<>();
        for (int i = 0; i < 28; i++) {
            env.add(Map.of(
                    "name", "A" + i, "valueFrom", Map.of("secretKeyRef", Map.of("name", "s" + i % count, "key", "k"))));
        }
        spec(job).put("agent", new HashMap<>(Map.of("env", env)));
        return job;
    }

    private static Map<String, Object> spec(GenericKubernetesResource job) {
        return job.get("spec");
    }

    private static List<Map<String, Object>> env(GenericKubernetesResource job) {
        return job.get("spec", "agent", "env");
    }

    private Runnable create(String user, String namespace, GenericKubernetesResource job) {
        job.getMetadata().setName(null);
        job.getMetadata().setGenerateName("job-");
        KubernetesClient client =
                user.equals("admin") ? admin : (namespace.equals(guarded) ? people : peopleElsewhere).as(user);
        return () -> client.resource(job).inNamespace(namespace).create();
    }

    /** Why the apiserver refuses; null if it does not. */
    private static @Nullable String refusal(Runnable call) {
        KubernetesClientException refused = catchThrowableOfType(KubernetesClientException.class, call::run);
        return refused == null ? null : refused.getStatus().getMessage();
    }
}
