package dev.claudejob.helper;

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

    /** @param path as it stands in the request, undecoded: an escaped slash must not pass for one */
    static Route of(String method, String path) {
        return switch (method) {
            case "POST" -> POST.matcher(path).matches() ? FORWARD : REFUSE;
            case "GET" -> GET.matcher(path).matches() ? FORWARD : REFUSE;
            case "HEAD" -> path.equals("/") ? ALIVE : REFUSE;
            default -> REFUSE;
        };
    }
}
