package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;
import dev.claudejob.credential.Token;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What of a message's headers goes on, in either direction. */
final class Headers {
    private static final Set<String> HOP_BY_HOP = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /**
     * What Claude Code 2.1.330 sends, and what tells of a request and chooses no credential, account or place. Whatever else came from the agent
     * may be a gateway's own way to do that. The anthropic-beta is put together anew.
     */
    private static final Pattern ALLOWED = Pattern.compile("accept|content-type|user-agent|x-app|x-client-request-id"
            + "|traceparent|tracestate"
            + "|anthropic-version|anthropic-dangerous-direct-browser-access"
            + "|(x-stainless|x-claude-code|x-amzn-bedrock)-[a-z0-9-]+");

    private Headers() {}

    /** The agent's headers as they go upstream: those that are known, and the real credential. */
    static Map<String, List<String>> upstream(Map<String, List<String>> inbound, CredentialKind kind, Token token) {
        Set<String> named = named(inbound);
        Map<String, List<String>> headers = new LinkedHashMap<>();
        StringBuilder betas = new StringBuilder();
        inbound.forEach((rawName, values) -> {
            String name = rawName.toLowerCase(Locale.ROOT);
            if (name.equals("anthropic-beta")) {
                betas.append(String.join(",", values));
            }
            if (ALLOWED.matcher(name).matches() && !named.contains(name)) {
                headers.put(name, List.copyOf(values));
            }
        });
        // What the upstream compressed could neither be metered nor passed on event by event.
        headers.put("accept-encoding", List.of("identity"));
        kind.upstreamHeaders(token, betas.isEmpty() ? null : betas.toString())
                .forEach((name, value) -> headers.put(name, List.of(value)));
        return headers;
    }

    /** The upstream's headers as they go to the agent; a cookie would be part of a login that is not the agent's. */
    static Map<String, List<String>> downstream(Map<String, List<String>> answer) {
        Set<String> named = named(answer);
        Map<String, List<String>> headers = new LinkedHashMap<>();
        answer.forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name)
                    && !named.contains(name)
                    && !name.equals("content-length")
                    && !name.equals("set-cookie")) {
                headers.put(name, values);
            }
        });
        return headers;
    }

    private static Set<String> named(Map<String, List<String>> headers) {
        Set<String> named = new HashSet<>();
        headers.forEach((name, values) -> {
            if (name.equalsIgnoreCase("connection")) {
                for (String value : values) {
                    for (String option : value.split(",", -1)) {
                        named.add(option.strip().toLowerCase(Locale.ROOT));
                    }
                }
            }
        });
        return named;
    }
}
