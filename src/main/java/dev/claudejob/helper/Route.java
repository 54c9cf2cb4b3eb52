package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;
import java.util.regex.Pattern;

/** What the agent may ask of the upstream: what Claude Code needs for its work, and nothing that manages an account. */
enum Route {
    /** Goes upstream with the credential. */
    FORWARD,
    /** A check whether anyone listens; answered here, because it needs no credential. */
    ALIVE,
    REFUSE;

    private static final Pattern POST = Pattern.compile("/v1/messages(/count_tokens)?");
    // A first letter or digit keeps ".." out, with which a server may leave the folder.
    private static final Pattern GET = Pattern.compile("/v1/models(/[A-Za-z0-9][A-Za-z0-9._:@-]{0,127})?");
    // An inference profile's ARN has escaped colons, and an escaped slash before its last part.
    private static final Pattern BEDROCK =
            Pattern.compile("/model/[A-Za-z0-9]([A-Za-z0-9._:-]|%3[Aa]|%2[Ff][A-Za-z0-9]){0,255}"
                    + "/(invoke|invoke-with-response-stream|count-tokens)");
    private static final Pattern FOUNDRY = Pattern.compile("/anthropic/v1/messages(/count_tokens)?");

    private static final Pattern NOTHING = Pattern.compile("(?!)");

    /** @param path as it stands in the request, undecoded: an escaped slash must not pass for one */
    static Route of(CredentialKind kind, String method, String path) {
        return switch (method) {
            case "POST" -> posts(kind).matcher(path).matches() ? FORWARD : REFUSE;
            case "GET" -> gets(kind) && GET.matcher(path).matches() ? FORWARD : REFUSE;
            case "HEAD" -> path.equals("/") ? ALIVE : REFUSE;
            default -> REFUSE;
        };
    }

    /** Whether what is forwarded makes output tokens. */
    static boolean paid(String method, String path) {
        return method.equals("POST") && !path.endsWith("/count_tokens") && !path.endsWith("/count-tokens");
    }

    private static Pattern posts(CredentialKind kind) {
        return switch (kind) {
            case OAUTH_TOKEN, CLAUDE_HOME, WORKLOAD_IDENTITY, API_KEY, AUTH_TOKEN -> POST;
            case BEDROCK -> BEDROCK;
            case FOUNDRY -> FOUNDRY;
            case VERTEX -> NOTHING;
        };
    }

    private static boolean gets(CredentialKind kind) {
        return switch (kind) {
            case OAUTH_TOKEN, CLAUDE_HOME, WORKLOAD_IDENTITY, API_KEY, AUTH_TOKEN -> true;
            case BEDROCK, VERTEX, FOUNDRY -> false;
        };
    }
}
