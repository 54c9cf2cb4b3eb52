package dev.claudejob.api.crd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the spec of the ValidatingAdmissionPolicy for a kind from the kind's own schema, so that no reference can be forgotten: whoever
 * creates or changes an object may name in it only what they may use themselves.
 *
 * <p>The apiserver allows a policy a cost of 10 million in all and of 1 million in one expression, and a question to its authorizer costs
 * 350 000 (k8s.io/apiserver/pkg/cel/library/cost.go). So each name has a question of its own, each distinct name is asked about once, and
 * there are at most {@link #MAX_QUESTIONS}.
 */
final class AdmissionPolicy {
    /** 26 * 350 000 leaves 900 000 for all that is not a question. */
    static final int MAX_QUESTIONS = 26;

    private static final int MAX_SECRETS = 16;

    /** Who may change these may do so whatever the object names: they start nothing that was not admitted, and send nothing elsewhere. */
    private static final Set<String> FREE_TO_CHANGE = Set.of("cancel", "suspend", "ttlSecondsAfterFinished", "retry");

    /**
     * What is asked about the names of one kind.
     *
     * @param exposing the verb in place of the other when the agent holds what is named, so that its creator can read it; null when the
     *     other verb is to read it already, or there is nothing to read
     * @param max distinct names at most, unless the schema allows fewer; above it, only who may use all of them
     * @param free names that anybody may use
     */
    private record Question(
            String kind,
            String group,
            String resource,
            String verb,
            @Nullable String exposing,
            int max,
            List<String> free) {
        String variable() {
            return resource.equals("claudecredentials")
                    ? "credentials"
                    : resource.replace("serviceaccounts", "accounts");
        }

        String authorizer() {
            return "authorizer.group('%s').resource('%s').namespace(request.namespace)".formatted(group, resource);
        }

        String answer() {
            return ".check(%s).allowed()".formatted(exposing == null ? "'" + verb + "'" : "variables.verb");
        }

        /** Within a text of CEL. */
        String verbInText() {
            return exposing == null ? verb : "' + variables.verb + '";
        }

        /** Within a text of CEL: what to do instead of asking for a role. */
        String cureInText() {
            return exposing == null ? "name another" : "' + variables.cure + '";
        }

        String rule() {
            return "%ss that its creator may %s%s"
                    .formatted(
                            kind, verb, exposing == null ? "" : ", and under credentialDelivery: Env may " + exposing);
        }
    }

    private static final Map<ObjectReferences.Kind, Question> QUESTIONS = Map.of(
            ObjectReferences.Kind.SECRET, new Question("Secret", "", "secrets", "get", null, MAX_SECRETS, List.of()),
            // Who names none gets the namespace's default one, so naming that is no more.
            ObjectReferences.Kind.SERVICE_ACCOUNT,
                    new Question("ServiceAccount", "", "serviceaccounts", "use", null, 1, List.of("default")),
            ObjectReferences.Kind.CLAUDE_CREDENTIAL,
                    new Question(
                            "ClaudeCredential", "claudejob.dev", "claudecredentials", "use", "expose", 8, List.of()));

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.LITERAL_BLOCK_STYLE)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .build();

    private final ObjectNode spec;
    private final String kind;
    private final String plural;
    private final ObjectNode policy = JsonNodeFactory.instance.objectNode();
    private final ArrayNode variables;
    private final ArrayNode validations;
    private int questions;

    private AdmissionPolicy(ObjectNode crd) {
        spec = Schemas.at((ObjectNode) crd.at("/spec/versions/0/schema/openAPIV3Schema"), "spec");
        kind = crd.at("/spec/names/kind").asText();
        plural = crd.at("/spec/names/plural").asText();
        policy.put("failurePolicy", "Fail");
        ObjectNode rule =
                policy.putObject("matchConstraints").putArray("resourceRules").addObject();
        rule.putArray("apiGroups").add("claudejob.dev");
        rule.putArray("apiVersions").add("*");
        rule.putArray("operations").add("CREATE").add("UPDATE");
        // Not its status: the operator writes nothing else.
        rule.putArray("resources").add(plural);
        policy.putArray("matchConditions")
                .addObject()
                .put("name", "spec-changed")
                .put("expression", specChanged());
        variables = policy.putArray("variables");
        validations = policy.putArray("validations");
        ObjectReferences.of(spec).entrySet().stream()
                .filter(reference -> QUESTIONS.containsKey(reference.getValue()))
                .collect(Collectors.groupingBy(
                        Map.Entry::getValue,
                        java.util.TreeMap::new,
                        Collectors.mapping(Map.Entry::getKey, Collectors.toList())))
                .forEach((named, paths) -> ask(QUESTIONS.get(named), paths));
        if (questions > MAX_QUESTIONS) {
            throw new IllegalStateException(
                    "the policy for " + plural + " asks " + questions + " questions, and can afford " + MAX_QUESTIONS);
        }
    }

    /** The spec of the policy for a CustomResourceDefinition, as YAML. */
    static String of(ObjectNode crd) {
        AdmissionPolicy made = new AdmissionPolicy(crd);
        try {
            return "# Generated from the CRD by AdmissionPolicyGoldenTest; `make generate` rewrites it.\n"
                    + YAML.writeValueAsString(made.policy);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private String specChanged() {
        List<String> terms = new ArrayList<>(List.of("request.operation == 'CREATE'"));
        Schemas.names(spec.path("properties")).stream()
                .filter(field -> !FREE_TO_CHANGE.contains(field))
                .sorted()
                .forEach(field -> terms.add("object.spec.?%1$s != oldObject.spec.?%1$s".formatted(field)));
        return String.join("\n|| ", terms);
    }

    private void ask(Question question, List<String> paths) {
        int bound = paths.stream().mapToInt(this::bound).sum();
        int steps = Math.min(bound, question.max());
        String all = "mayUseAny" + question.kind();
        variable(question.variable() + "0", names(question, paths));
        if (question.exposing() != null) {
            String exposed = "object.spec.?credentialDelivery.orValue('') == 'Env' ? '%s' : '%s'";
            variable("verb", exposed.formatted(question.exposing(), question.verb()));
            variable("cure", exposed.formatted("use credentialDelivery: Helper", "name another"));
        }
        if (bound > steps) {
            variable(all, question.authorizer() + question.answer());
            questions++;
        }
        for (int i = 0; i < steps; i++) {
            String left = "variables." + question.variable() + i;
            if (i + 1 < steps || bound > steps) {
                // Without the first of them: in the end each distinct name was first once.
                variable(question.variable() + (i + 1), "%1$s.filter(n, n != %1$s[0])".formatted(left));
            }
            validation(
                    question,
                    "%s.size() == 0%s\n|| %s.name(%s[0])%s"
                            .formatted(
                                    left,
                                    bound > steps ? " || variables." + all : "",
                                    question.authorizer(),
                                    left,
                                    question.answer()),
                    "'this %1$s names the %2$s \"' + %3$s[0] + '\", which ' + request.userInfo.username + ' may not %4$s: %5$s, or ask"
                                    .formatted(
                                            kind, question.kind(), left, question.verbInText(), question.cureInText())
                            + " for a role with the verb %s on %s \"' + %s[0] + '\"'"
                                    .formatted(question.verbInText(), question.resource(), left));
            questions++;
        }
        if (bound > steps) {
            validation(
                    question,
                    "variables.%s%d.size() == 0 || variables.%s".formatted(question.variable(), steps, all),
                    "'this %1$s names more than %2$d different %3$ss: name fewer, or ask for a role with the verb %4$s on every one of the namespace'"
                            .formatted(kind, steps, question.kind(), question.verbInText()));
        }
    }

    /** Every name that the spec holds, in the order of the paths. */
    private static String names(Question question, List<String> paths) {
        List<String> lists = paths.stream().map(AdmissionPolicy::namesAt).toList();
        List<String> free = new ArrayList<>(List.of("''"));
        question.free().forEach(name -> free.add("'" + name + "'"));
        return "(\n  %s\n).filter(n, !(n in [%s]))".formatted(String.join("\n  + ", lists), String.join(", ", free));
    }

    private static String namesAt(String path) {
        String[] parts = path.split("\\[]\\.?", -1);
        String first = "object.spec.?" + parts[0].replace(".", ".?");
        return switch (parts.length) {
            case 1 -> "[%s.orValue('')]".formatted(first);
            case 2 -> "%s.orValue([]).map(i, i.?%s.orValue(''))".formatted(first, parts[1].replace(".", ".?"));
            default -> throw new IllegalStateException("a name in a list in a list: " + path);
        };
    }

    /** How many names a path can hold at most. */
    private int bound(String path) {
        int list = path.indexOf("[]");
        return list < 0
                ? 1
                : Schemas.at(spec, path.substring(0, list)).required("maxItems").asInt();
    }

    private void variable(String name, String expression) {
        variables.addObject().put("name", name).put("expression", expression);
    }

    private void validation(Question question, String expression, String message) {
        validations
                .addObject()
                .put("expression", expression)
                .put("messageExpression", message)
                .put("message", "a %s may name only %s".formatted(kind, question.rule()))
                .put("reason", "Forbidden");
    }
}
