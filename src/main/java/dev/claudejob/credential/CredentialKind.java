package dev.claudejob.credential;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a credential is. How Claude Code sends each kind was measured with Claude Code 2.1.330.
 *
 * <p>A placeholder stands in the agent's environment when the helper holds the real value: without any credential Claude Code
 * sends no request at all, and the placeholder's kind decides how Claude Code behaves (default model, retries after a 401).
 */
public enum CredentialKind {
    /** A token of a subscription, as {@code claude setup-token} prints it. */
    OAUTH_TOKEN("oauthToken", Billing.SUBSCRIPTION, "CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-placeholder"),

    /** An API key of a metered account. */
    API_KEY("apiKey", Billing.METERED, "ANTHROPIC_API_KEY", "sk-ant-api03-placeholder"),

    /** A bearer token for a gateway in front of a model. */
    AUTH_TOKEN("authToken", Billing.METERED, "ANTHROPIC_AUTH_TOKEN", "claudejob-placeholder"),

    /** The access token in a Claude Code's .credentials.json. */
    CLAUDE_HOME("claudeHome", Billing.SUBSCRIPTION, "CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-placeholder"),

    /**
     * A short-lived token of a metered account, for which the helper exchanges the Pod's own. To the agent it looks like an API key: with
     * an identity of its own Claude Code behaves the same.
     */
    WORKLOAD_IDENTITY("workloadIdentity", Billing.METERED, "ANTHROPIC_API_KEY", "sk-ant-api03-placeholder"),

    /** Amazon Bedrock. The helper knows its API keys only: other ways sign each request inside Claude Code. */
    BEDROCK("bedrock", Billing.CLOUD, "AWS_BEARER_TOKEN_BEDROCK", "claudejob-placeholder"),

    /** Google Vertex AI. Claude Code fetches its short-lived tokens by itself. */
    VERTEX("vertex", Billing.CLOUD, null, null),

    /** Microsoft Foundry. */
    FOUNDRY("foundry", Billing.CLOUD, "ANTHROPIC_FOUNDRY_API_KEY", "claudejob-placeholder");

    // Bedrock has no 401. What it says of a key it does not know is what Claude Code 2.1.330 looks for, too.
    private static final Pattern BEDROCK_REFUSAL = Pattern.compile(
            "ExpiredToken|UnrecognizedClient|security token.{0,80}(invalid|expired)|Bearer Token has expired"
                    + "|Authentication failed.{0,80}API Key|Missing required parameters in the API Key",
            Pattern.CASE_INSENSITIVE);

    // A revoked token is no 401. The agent can't make the API say so of a token that is good.
    private static final Pattern OAUTH_REFUSAL =
            Pattern.compile("\"message\"\\s*:\\s*\"OAuth (access )?token has been revoked", Pattern.CASE_INSENSITIVE);

    private static final String BETA_HEADER = "anthropic-beta";
    private static final String OAUTH_BETA = "oauth-2025-04-20";

    private final String jsonName;
    private final Billing billing;
    private final @Nullable String plainVariable;
    private final @Nullable String placeholder;

    CredentialKind(String jsonName, Billing billing, @Nullable String plainVariable, @Nullable String placeholder) {
        this.jsonName = jsonName;
        this.billing = billing;
        this.plainVariable = plainVariable;
        this.placeholder = placeholder;
    }

    private Map<String, String> authorization(Token token) {
        return switch (this) {
            case OAUTH_TOKEN, CLAUDE_HOME, WORKLOAD_IDENTITY, AUTH_TOKEN, BEDROCK ->
                Map.of("authorization", "Bearer " + token.value());
            case API_KEY, FOUNDRY -> Map.of("x-api-key", token.value());
            case VERTEX -> throw notByHelper();
        };
    }

    /** The kind's name in the API and in the helper's configuration. */
    public String jsonName() {
        return jsonName;
    }

    public static Optional<CredentialKind> ofJsonName(String jsonName) {
        for (CredentialKind kind : values()) {
            if (kind.jsonName.equals(jsonName)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    public Billing billing() {
        return billing;
    }

    /** The agent's environment when the helper holds the real value: the placeholder, and where the helper listens. */
    public Map<String, String> helperEnvironment(String helperUrl) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.putAll(baseUrl(helperUrl));
        if (plainVariable == null || placeholder == null) {
            throw notByHelper();
        }
        environment.put(plainVariable, placeholder);
        return environment;
    }

    /** The environment that sends Claude Code's requests of this kind to a base URL. */
    public Map<String, String> baseUrl(String url) {
        return switch (this) {
            case OAUTH_TOKEN, CLAUDE_HOME, WORKLOAD_IDENTITY, API_KEY, AUTH_TOKEN -> Map.of("ANTHROPIC_BASE_URL", url);
            case BEDROCK -> Map.of("ANTHROPIC_BEDROCK_BASE_URL", url);
            case VERTEX -> Map.of("ANTHROPIC_VERTEX_BASE_URL", url + "/v1");
            // The path is the service's own, and stays the same through the helper.
            case FOUNDRY -> Map.of("ANTHROPIC_FOUNDRY_BASE_URL", url + "/anthropic");
        };
    }

    /** The environment variable that carries the real value when there is no helper between; empty for a kind that has none. */
    public Optional<String> plainVariable() {
        return onlyByHelper() ? Optional.empty() : Optional.ofNullable(plainVariable);
    }

    /** True for what is no value that Claude Code could take: what is sent comes of it. */
    public boolean onlyByHelper() {
        return this == CLAUDE_HOME || this == WORKLOAD_IDENTITY;
    }

    /** Whether an answer is a refusal of the credential: another one may be taken. A 403 otherwise says what the account may not do. */
    public boolean refuses(int status, String body) {
        return switch (status) {
            case 401 -> true;
            case 403 ->
                switch (this) {
                    case BEDROCK -> BEDROCK_REFUSAL.matcher(body).find();
                    case OAUTH_TOKEN, CLAUDE_HOME, WORKLOAD_IDENTITY ->
                        OAUTH_REFUSAL.matcher(body).find();
                    case API_KEY, AUTH_TOKEN, VERTEX, FOUNDRY -> false;
                };
            default -> false;
        };
    }

    /** Whether requests are those of the vendor's own API, so that any other such credential can take one over. */
    public boolean vendorApi() {
        return switch (this) {
            case OAUTH_TOKEN, CLAUDE_HOME, WORKLOAD_IDENTITY, API_KEY, AUTH_TOKEN -> true;
            case BEDROCK, VERTEX, FOUNDRY -> false;
        };
    }

    /** False for what only Claude Code itself can use. */
    public boolean byHelper() {
        return placeholder != null;
    }

    private IllegalStateException notByHelper() {
        return new IllegalStateException("the helper can't hold a credential of kind " + jsonName);
    }

    /**
     * The headers to set on an upstream request (lower case), in place of all credentials of the agent's and of {@code anthropic-beta}.
     *
     * @param inboundBeta the agent's anthropic-beta, comma-separated; null when there is none
     */
    public Map<String, String> upstreamHeaders(Token token, @Nullable String inboundBeta) {
        Map<String, String> headers = new LinkedHashMap<>(authorization(token));
        List<String> betas = new ArrayList<>();
        for (String beta : (inboundBeta == null ? "" : inboundBeta).split(",", -1)) {
            String name = beta.strip();
            // The agent's own kind may differ from this one: its oauth beta says nothing about the upstream's
            // credential.
            if (!name.isEmpty() && !name.toLowerCase(Locale.ROOT).equals(OAUTH_BETA) && !betas.contains(name)) {
                betas.add(name);
            }
        }
        if (this == OAUTH_TOKEN || this == CLAUDE_HOME || this == WORKLOAD_IDENTITY) {
            betas.add(OAUTH_BETA);
        }
        if (!betas.isEmpty()) {
            headers.put(BETA_HEADER, String.join(",", betas));
        }
        return headers;
    }
}
