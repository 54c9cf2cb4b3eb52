package dev.claudejob.pod;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Specs with any part there or missing, and texts that a shell, a kubelet or a parser could choke on. The seed decides all. */
final class RandomSpecs {
    private static final List<String> TEXTS = List.of(
            "plain",
            "$(HOME) $$(HOME) $HOME ${HOME} `id` $(id)",
            "$",
            "$$$(CLAUDE_CODE_OAUTH_TOKEN)",
            "--dangerously-skip-permissions",
            "a \"b\" 'c' \\ \n\t d",
            "ünï 😀 \u2028",
            "");

    private final Random random;

    RandomSpecs(long seed) {
        random = new Random(seed);
    }

    Map<String, Object> next() {
        Map<String, Object> spec = new LinkedHashMap<>();
        if (random.nextInt(4) == 0) {
            String kind = pick(List.of("configMapKeyRef", "secretKeyRef"));
            spec.put("promptFrom", Map.of(kind, Map.of("name", "prompts", "key", "p.txt")));
        } else {
            spec.put("prompt", text());
        }
        maybe(spec, "model", () -> pick(List.of("opus", "claude-sonnet-5-5")));
        spec.put("credentials", List.of(credential(0), credential(1)).subList(0, 1 + random.nextInt(2)));
        maybe(spec, "credentialDelivery", () -> pick(List.of("Helper", "Env")));
        if (spec.get("credentials").toString().matches(".*(claudeHome|workloadIdentity).*")) {
            // The CRD refuses these with Env.
            spec.remove("credentialDelivery");
        }
        maybe(spec, "agent", this::agent);
        maybe(spec, "workspace", () -> Map.of("git", Map.of("url", "https://host/$(X).git", "ref", "v1")));
        maybe(spec, "template", this::template);
        return spec;
    }

    private Map<String, Object> credential(int i) {
        Map<String, Object> secret = Map.of("secretKeyRef", Map.of("name", "claude-" + i, "key", "token"));
        return pick(List.of(
                Map.of("oauthToken", secret),
                Map.of("apiKey", secret),
                Map.of("authToken", Map.of("secretKeyRef", secret.get("secretKeyRef"), "upstream", "gateway")),
                Map.of("claudeHome", Map.of("secretRef", Map.of("name", "claude-" + i))),
                Map.of(
                        "workloadIdentity",
                        Map.of(
                                "federationRuleID",
                                "fdrl_1",
                                "organizationID",
                                "11111111-1111-1111-1111-111111111111",
                                "anthropicServiceAccountID",
                                "svac_" + i)),
                Map.of("bedrock", Map.of("region", "eu-west-1", "bearerToken", secret)),
                Map.of("foundry", Map.of("resource", "team", "apiKey", secret))));
    }

    private Map<String, Object> agent() {
        Map<String, Object> agent = new LinkedHashMap<>();
        maybe(agent, "maxTurns", () -> 3);
        maybe(agent, "systemPrompt", this::text);
        maybe(agent, "allowedTools", () -> List.of("Read", "Bash(echo $(HOME):*)"));
        maybe(agent, "outputSchema", () -> Map.of("type", "object", "$schema", "$(HOME)"));
        maybe(agent, "env", () -> {
            List<Object> env = new ArrayList<>();
            env.add(Map.of("name", "TEXT", "value", text()));
            env.add(Map.of("name", "FROM", "valueFrom", Map.of("secretKeyRef", Map.of("name", "s", "key", "k"))));
            return env;
        });
        return agent;
    }

    private Map<String, Object> template() {
        Map<String, Object> template = new LinkedHashMap<>();
        maybe(
                template,
                "metadata",
                () -> Map.of(
                        "labels",
                                Map.of(
                                        "team",
                                        "a",
                                        PodNames.JOB_UID_LABEL,
                                        "forged",
                                        PodNames.MANAGED_BY_LABEL,
                                        "forged"),
                        "annotations", Map.of("note", text(), PodNames.PROMPT_ANNOTATION, "forged")));
        maybe(template, "image", () -> "example.com/own:1");
        maybe(template, "imagePullPolicy", () -> pick(List.of("Always", "Never", "IfNotPresent")));
        maybe(template, "imagePullSecrets", () -> List.of(Map.of("name", "pull")));
        maybe(template, "resources", () -> Map.of("limits", Map.of("memory", "1Gi")));
        maybe(template, "nodeSelector", () -> Map.of("disk", "ssd"));
        maybe(template, "tolerations", () -> List.of(Map.of("operator", "Exists")));
        maybe(template, "runtimeClassName", () -> "gvisor");
        maybe(template, "priorityClassName", () -> "low");
        maybe(template, "serviceAccountName", () -> "agent");
        maybe(
                template,
                "volumes",
                () -> List.of(
                        Map.of("name", "data", "emptyDir", Map.of()),
                        Map.of("name", "cfg", "configMap", Map.of("name", "c")),
                        Map.of("name", "disk", "persistentVolumeClaim", Map.of("claimName", "p"))));
        if (template.containsKey("volumes")) {
            maybe(
                    template,
                    "volumeMounts",
                    () -> List.of(
                            Map.of("name", "data", "mountPath", "/data"),
                            Map.of("name", "disk", "mountPath", "/workspace/disk", "readOnly", true)));
        }
        return template;
    }

    private void maybe(Map<String, Object> fields, String name, Supplier<Object> value) {
        if (random.nextBoolean()) {
            fields.put(name, value.get());
        }
    }

    private String text() {
        return pick(TEXTS);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
