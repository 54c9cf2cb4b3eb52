package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Agent;
import dev.claudejob.api.v1alpha1.AuthTokenCredential;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.pod.Credentials;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.summary.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a request and the CRD's schema can't see: the inside of free-form fields, and what the install allows. */
final class Requests {
    /** Linux takes no argument of 128 KiB or more. */
    private static final int MAX_SCHEMA_BYTES = 100 * 1024;

    /** As in the CRD's rule. */
    private static final Pattern CLOUD_VARIABLE =
            Pattern.compile("^(?i)(AWS|AZURE|GOOGLE|GCLOUD|GCE|CLOUDSDK|CLOUD_ML|VERTEX)_");

    private Requests() {}

    static Optional<Outcome> problem(ClaudeJobSpec spec, Upstreams upstreams) {
        return spec.credentials().stream()
                .map(Credential::authToken)
                .filter(Objects::nonNull)
                .map(AuthTokenCredential::upstream)
                .filter(name -> upstreams.find(name).isEmpty())
                .findFirst()
                .map(
                        name -> new Outcome(
                                Reason.InvalidRequest,
                                "This install knows no upstream " + name + ". It allows: "
                                        + String.join(", ", upstreams.byName().keySet())
                                        + ". Choose one of these, or have the gateway added to the install's config.upstreams."))
                .or(() -> sharedProblem(spec))
                .or(() -> schemaProblem(spec));
    }

    /** What the CRD refuses of a job's own credentials, for those that come from a ClaudeCredential. */
    private static Optional<Outcome> sharedProblem(ClaudeJobSpec spec) {
        for (Credential credential : spec.credentials()) {
            if (credential.credentialRef() == null || credential.unresolved()) {
                continue;
            }
            String name = "ClaudeCredential " + credential.credentialRef().name();
            Credentials.Use use = Credentials.whatever(credential);
            boolean helperCanHold = use.held() != null || use.federation() != null;
            if (spec.delivery() == CredentialDelivery.Helper && !helperCanHold) {
                return Optional.of(new Outcome(
                        Reason.InvalidRequest,
                        name
                                + " is of a kind that the helper can't hold, because Claude Code itself has to sign in with it:"
                                + " set credentialDelivery: Env."));
            }
            if (spec.delivery() == CredentialDelivery.Env && use.kind().onlyByHelper()) {
                return Optional.of(new Outcome(
                        Reason.InvalidRequest,
                        name + " is of a kind that only the helper can use: set credentialDelivery: Helper."));
            }
            boolean helperOnly = credential.claudeHome() != null || credential.workloadIdentity() != null;
            if (spec.delivery() == CredentialDelivery.Env && helperOnly) {
                return Optional.of(new Outcome(
                        Reason.InvalidRequest,
                        name + " is of a kind that only the helper can use: set credentialDelivery: Helper."));
            }
            boolean cloud = credential.bedrock() != null || credential.vertex() != null || credential.foundry() != null;
            if (cloud && setsCloudVariable(spec.agent())) {
                return Optional.of(new Outcome(
                        Reason.InvalidRequest,
                        "agent.env must not set a variable of a cloud, such as AWS_*, AZURE_* or GOOGLE_*, beside "
                                + name + ", a credential of a cloud: it could change who is billed."));
            }
        }
        return Optional.empty();
    }

    private static boolean setsCloudVariable(@Nullable Agent agent) {
        return agent != null
                && agent.env() != null
                && agent.env().stream()
                        .anyMatch(e -> CLOUD_VARIABLE.matcher(e.name()).find());
    }

    private static Optional<Outcome> schemaProblem(ClaudeJobSpec spec) {
        Agent agent = spec.agent();
        Map<String, Object> schema = agent == null ? null : agent.outputSchema();
        if (schema == null) {
            return Optional.empty();
        }
        if (deeper(schema, Json.MAX_DEPTH)) {
            return Optional.of(new Outcome(
                    Reason.InvalidRequest,
                    "agent.outputSchema is nested deeper than " + Json.MAX_DEPTH + " levels. Use a flatter schema."));
        }
        int bytes = Json.write(schema).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SCHEMA_BYTES) {
            return Optional.of(new Outcome(
                    Reason.InvalidRequest,
                    "agent.outputSchema has " + bytes + " bytes as JSON; at most " + MAX_SCHEMA_BYTES
                            + " can be given to Claude Code. Use a smaller schema."));
        }
        if (!schema.containsKey("type") && !schema.containsKey("$ref") && !schema.containsKey("properties")) {
            return Optional.of(new Outcome(
                    Reason.InvalidRequest,
                    "agent.outputSchema is no JSON Schema of an object: it needs type: object and properties."));
        }
        return Optional.empty();
    }

    /** Goes no deeper than {@code levels}: an apiserver stores what is nested deeper than a stack. */
    private static boolean deeper(@Nullable Object value, int levels) {
        if (value instanceof Map<?, ?> map) {
            return levels == 0 || map.values().stream().anyMatch(v -> deeper(v, levels - 1));
        }
        return value instanceof List<?> list && (levels == 0 || list.stream().anyMatch(v -> deeper(v, levels - 1)));
    }
}
