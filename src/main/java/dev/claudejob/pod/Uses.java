package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.AccessKeys;
import dev.claudejob.api.v1alpha1.AuthTokenCredential;
import dev.claudejob.api.v1alpha1.BedrockCredential;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.FoundryCredential;
import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.api.v1alpha1.VertexCredential;
import dev.claudejob.api.v1alpha1.WorkloadIdentityCredential;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.pod.Credentials.Use;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What each kind of credential means for a Pod. The variables are Claude Code's, measured with 2.1.330; the hosts are what it goes to by
 * itself.
 */
record Uses(Upstreams upstreams) {
    /** Where Claude Code keeps its login, in its home. */
    private static final String LOGIN = ".credentials.json";

    private static final String POD_IDENTITY = "podIdentity";

    Use of(Credential credential) {
        if (credential.oauthToken() != null) {
            return direct(CredentialKind.OAUTH_TOKEN, credential.oauthToken().secretKeyRef(), Upstreams.ANTHROPIC);
        }
        if (credential.apiKey() != null) {
            return direct(CredentialKind.API_KEY, credential.apiKey().secretKeyRef(), Upstreams.ANTHROPIC);
        }
        AuthTokenCredential gateway = credential.authToken();
        if (gateway != null) {
            return direct(CredentialKind.AUTH_TOKEN, gateway.secretKeyRef(), gateway.upstream());
        }
        if (credential.claudeHome() != null) {
            KeyRef login = new KeyRef(credential.claudeHome().secretRef().name(), LOGIN);
            return direct(CredentialKind.CLAUDE_HOME, login, Upstreams.ANTHROPIC);
        }
        if (credential.workloadIdentity() != null) {
            return federated(credential.workloadIdentity());
        }
        if (credential.bedrock() != null) {
            return bedrock(credential.bedrock());
        }
        if (credential.vertex() != null) {
            return vertex(credential.vertex());
        }
        if (credential.foundry() != null) {
            return foundry(credential.foundry());
        }
        throw new IllegalArgumentException("a credential must set a kind");
    }

    private Use direct(CredentialKind kind, KeyRef secret, String upstream) {
        String url = upstreams
                .find(upstream)
                .orElseThrow(() -> new IllegalArgumentException("the install allows no upstream " + upstream));
        return new Use(
                kind,
                name(secret),
                secret,
                url,
                url.equals(Upstreams.VENDOR_API),
                Map.of(),
                kind.plainVariable().map(name -> Map.of(name, secret)).orElse(Map.of()),
                null,
                null);
    }

    private Use federated(WorkloadIdentityCredential identity) {
        String url = upstreams.find(Upstreams.ANTHROPIC).orElse(Upstreams.VENDOR_API);
        return new Use(
                CredentialKind.WORKLOAD_IDENTITY,
                CredentialKind.WORKLOAD_IDENTITY.jsonName() + "/" + identity.anthropicServiceAccountID(),
                null,
                url,
                url.equals(Upstreams.VENDOR_API),
                Map.of(),
                Map.of(),
                identity,
                null);
    }

    private Use bedrock(BedrockCredential bedrock) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("CLAUDE_CODE_USE_BEDROCK", "1");
        variables.put("AWS_REGION", bedrock.region());
        if (bedrock.podIdentity() == null) {
            // A key that is missing or wrong must fail, and not fall back on the node's own role.
            variables.put("AWS_EC2_METADATA_DISABLED", "true");
        }
        // China is a partition of its own.
        String domain = bedrock.region().startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
        String own = "https://bedrock-runtime." + bedrock.region() + domain;
        if (bedrock.bearerToken() != null) {
            KeyRef token = bedrock.bearerToken().secretKeyRef();
            return cloud(
                    CredentialKind.BEDROCK, token, own, variables, Map.of(variable(CredentialKind.BEDROCK), token));
        }
        AccessKeys keys = bedrock.accessKeys();
        if (keys == null) {
            return signed("bedrock/" + POD_IDENTITY, own, variables, Map.of());
        }
        Map<String, KeyRef> secrets = new LinkedHashMap<>();
        secrets.put("AWS_ACCESS_KEY_ID", keys.accessKeyID());
        secrets.put("AWS_SECRET_ACCESS_KEY", keys.secretAccessKey());
        if (keys.sessionToken() != null) {
            secrets.put("AWS_SESSION_TOKEN", keys.sessionToken());
        }
        return signed(name(keys.accessKeyID()), own, variables, secrets);
    }

    /** What Claude Code signs requests with by itself: no helper can hold it. */
    private Use signed(String name, String own, Map<String, String> variables, Map<String, KeyRef> secrets) {
        String url = upstreams.find(CredentialKind.BEDROCK.jsonName()).orElse(own);
        return new Use(CredentialKind.BEDROCK, name, null, url, url.equals(own), variables, secrets, null, null);
    }

    private Use vertex(VertexCredential vertex) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("CLAUDE_CODE_USE_VERTEX", "1");
        variables.put("CLOUD_ML_REGION", vertex.region());
        variables.put("ANTHROPIC_VERTEX_PROJECT_ID", vertex.projectID());
        KeyRef key = vertex.serviceAccountKey() == null
                ? null
                : vertex.serviceAccountKey().secretKeyRef();
        if (key != null) {
            variables.put("GOOGLE_APPLICATION_CREDENTIALS", Use.KEY_FILE);
        }
        // Claude Code makes the region's host by itself.
        String url = upstreams.find(CredentialKind.VERTEX.jsonName()).orElse("");
        return new Use(
                CredentialKind.VERTEX,
                key == null ? "vertex/" + POD_IDENTITY : name(key),
                null,
                url,
                url.isEmpty(),
                variables,
                Map.of(),
                null,
                key);
    }

    private Use foundry(FoundryCredential foundry) {
        KeyRef key = foundry.apiKey().secretKeyRef();
        return cloud(
                CredentialKind.FOUNDRY,
                key,
                "https://" + foundry.resource() + ".services.ai.azure.com",
                Map.of("CLAUDE_CODE_USE_FOUNDRY", "1"),
                Map.of(variable(CredentialKind.FOUNDRY), key));
    }

    private Use cloud(
            CredentialKind kind,
            KeyRef held,
            String own,
            Map<String, String> variables,
            Map<String, KeyRef> secretVariables) {
        String url = upstreams.find(kind.jsonName()).orElse(own);
        // Foundry's base URL is always given: the resource's name alone would leave its path to Claude Code.
        boolean ownUpstream = kind == CredentialKind.BEDROCK && url.equals(own);
        return new Use(kind, name(held), held, url, ownUpstream, variables, secretVariables, null, null);
    }

    private static String variable(CredentialKind kind) {
        return Objects.requireNonNull(kind.plainVariable().orElse(null));
    }

    private static String name(KeyRef secret) {
        return secret.name() + "/" + secret.key();
    }
}
