package dev.claudejob.api.crd;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rules that need both spec and status or metadata, and so stand at the schema's root.
 *
 * <p>The apiserver copies the stored status into an update of the spec before it evaluates rules, so {@code oldSelf.status} is what
 * the operator wrote. Rules that name {@code oldSelf} are evaluated for updates only.
 */
final class RootRules {
    /** Fields of the spec that an attempt on record was made from. */
    static final List<String> FIXED_BY_AN_ATTEMPT = List.of(
            "prompt",
            "promptFrom",
            "model",
            "credentials",
            "credentialDelivery",
            "agent",
            "workspace",
            "activeDeadlineSeconds",
            "limits",
            "template");

    private RootRules() {}

    static void addTo(ObjectNode schema) {
        ArrayNode rules = schema.withArray("x-kubernetes-validations");
        rule(
                rules,
                "self.metadata.name.size() <= 52",
                "metadata.name must be at most 52 characters: the name of the job's Pod is this and up to 11 more, and"
                        + " Kubernetes takes at most 63 for a host's name");
        for (String field : FIXED_BY_AN_ATTEMPT) {
            // Comparing optional fields (self.spec.?model) would be shorter, but the apiserver's cost estimate refuses
            // it.
            rule(
                    rules,
                    ("!has(oldSelf.status) || !has(oldSelf.status.attempt) || (has(self.spec.%1$s) ? has(oldSelf.spec.%1$s)"
                                    + " && self.spec.%1$s == oldSelf.spec.%1$s : !has(oldSelf.spec.%1$s))")
                            .formatted(field),
                    "spec.%s can't change once an attempt is on record: create a new ClaudeJob".formatted(field));
        }
        retryRule(rules);
    }

    /** As {@code Retry.DEFAULT}: a job without spec.retry has these. */
    private static void retryRule(ArrayNode rules) {
        String same = Stream.of("backoffSeconds: 10", "maxBackoffSeconds: 600", "onUsageLimit: 'Park'")
                .map(field -> field.split(": "))
                .map(f ->
                        "(has(self.spec.retry) ? self.spec.retry.%1$s : %2$s) == (has(oldSelf.spec.retry) ? oldSelf.spec.retry.%1$s : %2$s)"
                                .formatted(f[0], f[1]))
                .collect(Collectors.joining(" && "));
        rule(
                rules,
                "!has(oldSelf.status) || !has(oldSelf.status.attempt) || (" + same + ")",
                "of spec.retry only limit can change once an attempt is on record");
    }

    private static void rule(ArrayNode rules, String rule, String message) {
        rules.addObject().put("message", message).put("rule", rule);
    }
}
