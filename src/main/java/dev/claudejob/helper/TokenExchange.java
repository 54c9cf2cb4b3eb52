package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import dev.claudejob.credential.Token.InvalidTokenException;
import dev.claudejob.helper.CredentialSource.Reading;
import dev.claudejob.helper.Settings.Federation;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The vendor's exchange of a workload's own token for one of its API, as Claude Code 2.1.330 does it and
 * https://platform.claude.com/docs/en/manage-claude/wif-reference describes it.
 */
final class TokenExchange {
    private static final String PATH = "/v1/oauth/token";
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final String BETAS = "oauth-2025-04-20,oidc-federation-2026-04-01";
    // The answer always has expires_in; should it not, little is lost by asking often.
    private static final long DEFAULT_SECONDS = 300;
    private static final long MAX_SECONDS = 24 * 60 * 60;
    private static final int MAX_ANSWER = 64 * 1024;
    private static final int MAX_WORDS = 300;

    private final Upstream upstream;
    private final Federation federation;
    private final RequestBody.Limits bodies;
    private final Duration patience;
    private final Redactor redactor;

    TokenExchange(
            Upstream upstream, Federation federation, RequestBody.Limits bodies, Duration patience, Redactor redactor) {
        this.upstream = upstream;
        this.federation = federation;
        this.bodies = bodies;
        this.patience = patience;
        this.redactor = redactor;
    }

    sealed interface Result {}

    record Exchanged(Token token, Duration life) implements Result {}

    record Failed(Reading reading) implements Result {}

    /** What came back. Takes no longer than the patience. */
    Result exchange(Token assertion) {
        CompletableFuture<Result> result = new CompletableFuture<>();
        Thread thread = Thread.startVirtualThread(() -> {
            try {
                result.complete(ask(assertion));
            } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            return unreachable(cause == null ? "" : String.valueOf(cause.getMessage()));
        } catch (TimeoutException e) {
            return unreachable("no answer in " + patience.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unreachable("the helper is stopping");
        } finally {
            thread.interrupt();
        }
    }

    private Result ask(Token assertion) throws IOException {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        headers.put("content-type", List.of("application/json"));
        headers.put("accept-encoding", List.of("identity"));
        headers.put("anthropic-beta", List.of(BETAS));
        byte[] json = Json.write(request(assertion)).getBytes(StandardCharsets.UTF_8);
        try (RequestBody body = RequestBody.keep(new ByteArrayInputStream(json), bodies);
                Upstream.Response answer = upstream.send("POST", PATH, headers, body)) {
            String text = new String(answer.body().readNBytes(MAX_ANSWER), StandardCharsets.UTF_8);
            return answer.status() == 200 ? token(text) : refusal(answer.status(), text);
        }
    }

    private Map<String, Object> request(Token assertion) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("grant_type", GRANT);
        request.put("assertion", assertion.value());
        request.put("federation_rule_id", federation.ruleID());
        request.put("organization_id", federation.organizationID());
        request.put("service_account_id", federation.serviceAccountID());
        if (federation.workspaceID() != null) {
            request.put("workspace_id", federation.workspaceID());
        }
        return request;
    }

    private static Result token(String text) {
        try {
            Fields answer = Fields.of(Json.parse(text));
            String token = answer.string("access_token");
            if (token == null) {
                return unreachable("the answer has no access_token");
            }
            long seconds = answer.countOrZero("expires_in");
            return new Exchanged(
                    Token.of(token),
                    Duration.ofSeconds(seconds > 0 ? Math.min(seconds, MAX_SECONDS) : DEFAULT_SECONDS));
        } catch (MalformedJsonException e) {
            return unreachable("the answer is no JSON");
        } catch (InvalidTokenException e) {
            return unreachable("the access_token " + e.getMessage());
        }
    }

    private Result refusal(int status, String text) {
        String said = "HTTP " + status + words(text);
        return status >= 500 || status == 429
                ? unreachable(said)
                : new Failed(new Reading(
                        null,
                        "workload identity: the exchange was refused: " + said,
                        status == 403 ? 403 : 401,
                        false,
                        null));
    }

    /** What the answer says of an error, in OAuth's form or the API's. */
    private String words(String text) {
        try {
            Fields answer = Fields.of(Json.parse(text));
            Fields error = answer.object("error");
            String words = joined(answer.string("error"), answer.string("error_description"))
                    + joined(error.string("type"), error.string("message"));
            String redacted = redactor.redact(words).replaceAll("\\s+", " ");
            return redacted.length() > MAX_WORDS ? redacted.substring(0, MAX_WORDS) + "…" : redacted;
        } catch (MalformedJsonException e) {
            return "";
        }
    }

    private static String joined(@Nullable String code, @Nullable String description) {
        return (code == null ? "" : " " + code) + (description == null ? "" : ": " + description);
    }

    private static Failed unreachable(String why) {
        return new Failed(new Reading(null, "workload identity: the exchange failed: " + why, 502, true, null));
    }
}
