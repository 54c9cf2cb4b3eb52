package dev.claudejob.helper;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.summary.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Forwards the agent's requests to the upstream with the real credential in place of the agent's placeholder.
 *
 * <p>Not every error is passed on: see {@link Relay}.
 */
final class Proxy implements HttpHandler {
    /** The longest body that is taken. The API itself takes 32 MB. */
    static final long MAX_BODY = 64L * 1024 * 1024;

    // Bounds memory and spooled bytes; Claude Code with subagents needs a dozen, and waits when it must.
    private static final int MAX_CONCURRENT = 128;
    private static final int BUFFER = 16 * 1024;

    private final CredentialKind kind;
    private final Relay relay;
    private final Ledger ledger;
    private final RequestBody.Limits bodies;
    private final long maxOutputTokens;
    private final Semaphore places = new Semaphore(MAX_CONCURRENT);

    Proxy(CredentialKind kind, Relay relay, Ledger ledger, RequestBody.Limits bodies, long maxOutputTokens) {
        this.kind = kind;
        this.relay = relay;
        this.ledger = ledger;
        this.bodies = bodies;
        this.maxOutputTokens = maxOutputTokens;
    }

    /** Serves on an address. Each request has a thread of its own, because it may wait for minutes. */
    AgentServer listen(InetSocketAddress address) throws IOException {
        return AgentServer.listen(address, this, bodies.memory());
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        String path = String.valueOf(exchange.getRequestURI().getRawPath());
        try {
            switch (Route.of(kind, method, path)) {
                case ALIVE -> answer(exchange, 200, null);
                case REFUSE -> {
                    // Who asks for that may have more in store.
                    exchange.getResponseHeaders().set("connection", "close");
                    answer(
                            exchange,
                            404,
                            error("not_found_error", "the helper does not forward " + method + " " + path));
                }
                case FORWARD -> {
                    places.acquire();
                    try {
                        forward(exchange);
                    } finally {
                        places.release();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the helper is stopping", e);
        }
    }

    private void forward(HttpExchange exchange) throws IOException, InterruptedException {
        ledger.requestBegins();
        try (RequestBody body = RequestBody.keep(exchange.getRequestBody(), bodies)) {
            if (exchange.getRequestMethod().equals("POST") && ledger.refuses(maxOutputTokens)) {
                // Claude Code 2.1.330 gives up at once. A 400 it would send six times, a 429 or 5xx eleven times.
                give(exchange, 402, "billing_error", "limits.maxOutputTokens is reached");
            } else {
                forward(exchange, body);
            }
        } catch (RequestBody.TooLongException e) {
            give(exchange, 413, "request_too_large", "the request is longer than " + bodies.maxBytes() + " bytes");
        } catch (RequestBody.NoSpaceException e) {
            give(exchange, 503, "overloaded_error", String.valueOf(e.getMessage()));
        }
    }

    private void forward(HttpExchange exchange, RequestBody body) throws IOException, InterruptedException {
        String method = exchange.getRequestMethod();
        long most = mostTokens(exchange, body);
        String query = exchange.getRequestURI().getRawQuery();
        Relay.Request request = new Relay.Request(
                method,
                exchange.getRequestURI().getRawPath() + (query == null ? "" : "?" + query),
                exchange.getRequestHeaders(),
                method.equals("GET") ? null : body);
        switch (relay.send(request)) {
            case Relay.Outcome.Answered answered -> {
                try (Upstream.Response answer = answered.answer()) {
                    passOn(exchange, answered.by(), answer, most);
                }
            }
            case Relay.Outcome.Abandoned abandoned -> {
                ledger.estimated(abandoned.by().index(), most);
                give(exchange, 502, "api_error", "the agent went away");
            }
            case Relay.Outcome.Refused refused -> {
                ledger.requestEnds(refused.error().status());
                refused.error().passOn(exchange);
            }
            case Relay.Outcome.NoCredential none ->
                give(exchange, none.status(), errorType(none.status()), none.problem());
            case Relay.Outcome.Unreachable gone -> {
                if (gone.forGood()) {
                    // Claude Code would ask for three minutes before it says so.
                    exchange.getResponseHeaders().set("x-should-retry", "false");
                }
                give(exchange, 502, "api_error", gone.problem());
            }
        }
    }

    /** What is charged when the answer does not say what it used; only a limit needs it. */
    private long mostTokens(HttpExchange exchange, RequestBody body) throws IOException {
        boolean paid = maxOutputTokens != Settings.NO_LIMIT
                && Route.paid(
                        exchange.getRequestMethod(), exchange.getRequestURI().getRawPath());
        return paid ? MaxTokens.of(body, maxOutputTokens) : 0;
    }

    private void passOn(HttpExchange exchange, Lender by, Upstream.Response answer, long mostTokens)
            throws IOException {
        @Nullable
        UsageTap tap = UsageTap.of(answer, (model, more) -> ledger.spent(by.index(), model, more))
                .orElse(null);
        if (tap == null && maxOutputTokens != Settings.NO_LIMIT && answer.status() < 300) {
            ledger.estimated(by.index(), mostTokens);
            // Not one that Claude Code repeats: each would be paid for.
            give(
                    exchange,
                    403,
                    "permission_error",
                    "limits.maxOutputTokens can't be kept: the upstream's answer is in a form that can't be metered");
            return;
        }
        boolean whole = false;
        try {
            exchange.getResponseHeaders().putAll(Headers.downstream(answer.headers()));
            exchange.sendResponseHeaders(answer.status(), framing(answer));
            OutputStream out = exchange.getResponseBody();
            // Without this the agent would see the head only with the first event.
            out.flush();
            InputStream in = answer.body();
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                try {
                    out.write(buffer, 0, n);
                    out.flush();
                } finally {
                    if (tap != null) {
                        tap.add(buffer, n);
                    }
                }
            }
            whole = true;
            // Not closed on the way out of an exception: that would end a broken answer as if it were whole.
            out.close();
        } finally {
            if (tap != null) {
                tap.end();
                if (answer.status() < 300 && !tap.settled(whole)) {
                    // An agent that has what it wanted and hangs up before the API's last word must not get it for
                    // nothing.
                    ledger.estimated(by.index(), mostTokens - tap.output());
                }
            }
            ledger.requestEnds(answer.status());
        }
    }

    private void give(HttpExchange exchange, int status, String type, String message) throws IOException {
        ledger.requestEnds(status);
        answer(exchange, status, error(type, message));
    }

    private static String errorType(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            default -> "api_error";
        };
    }

    private static long framing(Upstream.Response answer) {
        String length = answer.header("content-length");
        if (answer.status() == 204 || answer.status() == 304 || "0".equals(length)) {
            return -1;
        }
        boolean known = length != null && answer.header("transfer-encoding") == null;
        return known ? Long.parseLong(length) : 0;
    }

    private static void answer(HttpExchange exchange, int status, @Nullable String json) throws IOException {
        if (json == null) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("content-type", "application/json");
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
            if (!head) {
                exchange.getResponseBody().write(bytes);
            }
        }
        exchange.close();
    }

    /** An error as the Messages API shapes it, so that Claude Code shows its message. */
    private static String error(String type, String message) {
        return Json.write(Map.of("type", "error", "error", Map.of("type", type, "message", "claudejob: " + message)));
    }
}
