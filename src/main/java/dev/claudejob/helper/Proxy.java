package dev.claudejob.helper;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.claudejob.credential.CredentialKind;
import dev.claudejob.credential.Token;
import dev.claudejob.helper.CredentialSource.Reading;
import dev.claudejob.summary.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Forwards the agent's requests to the upstream with the real credential in place of the agent's placeholder.
 *
 * <p>A refusal of the credential is the one answer that is not passed on at once: see {@link Hold}.
 */
final class Proxy implements HttpHandler {
    /** The longest body that is taken. The API itself takes 32 MB. */
    static final long MAX_BODY = 64L * 1024 * 1024;

    // Bounds memory and spooled bytes; Claude Code with subagents needs a dozen, and waits when it must.
    private static final int MAX_CONCURRENT = 128;
    private static final int MAX_REFUSAL = 64 * 1024;
    private static final int BUFFER = 16 * 1024;

    private final CredentialKind kind;
    private final Upstream upstream;
    private final Hold hold;
    private final Ledger ledger;
    private final RequestBody.Limits bodies;
    private final long maxOutputTokens;
    private final InstantSource clock;
    private final Log log;
    private final Semaphore places = new Semaphore(MAX_CONCURRENT);

    Proxy(
            CredentialKind kind,
            Upstream upstream,
            Hold hold,
            Ledger ledger,
            RequestBody.Limits bodies,
            long maxOutputTokens,
            InstantSource clock,
            Log log) {
        this.kind = kind;
        this.upstream = upstream;
        this.hold = hold;
        this.ledger = ledger;
        this.bodies = bodies;
        this.maxOutputTokens = maxOutputTokens;
        this.clock = clock;
        this.log = log;
    }

    /** Serves on an address. Each request has a thread of its own, because it may wait for minutes. */
    AgentServer listen(InetSocketAddress address) throws IOException {
        return AgentServer.listen(address, this);
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
            give(exchange, 503, "overloaded_error", "too many large requests at once");
        }
    }

    private void forward(HttpExchange exchange, RequestBody body) throws IOException, InterruptedException {
        Hold.Turn turn = hold.turn();
        @Nullable Token refused = null;
        @Nullable Refusal refusal = null;
        while (true) {
            Reading reading = turn.await(refused);
            Token token = reading.token();
            if (token == null) {
                if (refusal == null) {
                    give(exchange, reading.status(), errorType(reading.status()), reading.problem());
                } else {
                    refusal.passOn(exchange);
                    ledger.requestEnds(refusal.status);
                }
                return;
            }
            if (refused != null) {
                log.say("another credential is there: the request goes out again");
            }
            try (Upstream.Response answer = send(exchange, token, body)) {
                if (!kind.mayRefuse(answer.status())) {
                    passOn(exchange, answer);
                    return;
                }
                refusal = new Refusal(answer);
                if (!kind.refuses(answer.status(), refusal.text())) {
                    refusal.passOn(exchange);
                    ledger.requestEnds(answer.status());
                    return;
                }
                refused = token;
            } catch (UnreachableException e) {
                log.say("no answer: " + e.getMessage());
                give(exchange, 502, "api_error", String.valueOf(e.getMessage()));
                return;
            }
        }
    }

    private Upstream.Response send(HttpExchange exchange, Token token, RequestBody body) throws UnreachableException {
        String query = exchange.getRequestURI().getRawQuery();
        String target = exchange.getRequestURI().getRawPath() + (query == null ? "" : "?" + query);
        String method = exchange.getRequestMethod();
        try {
            return upstream.send(
                    method,
                    target,
                    Headers.upstream(exchange.getRequestHeaders(), kind, token),
                    method.equals("GET") ? null : body);
        } catch (IOException e) {
            throw new UnreachableException(e);
        }
    }

    private void passOn(HttpExchange exchange, Upstream.Response answer) throws IOException {
        if (answer.status() < 400) {
            hold.accepted();
        }
        @Nullable
        UsageTap tap = UsageTap.of(answer, (model, more) -> ledger.spent(0, model, more))
                .orElse(null);
        if (tap == null && maxOutputTokens != Settings.NO_LIMIT && answer.status() < 300) {
            // Not one that Claude Code repeats: each would be paid for.
            give(
                    exchange,
                    403,
                    "permission_error",
                    "limits.maxOutputTokens can't be kept: the upstream's answer is in a form that can't be metered");
            return;
        }
        UsageLimit.of(answer, clock.instant()).ifPresent(ledger::limited);
        try {
            exchange.getResponseHeaders().putAll(Headers.downstream(answer.headers()));
            exchange.sendResponseHeaders(answer.status(), framing(answer));
            OutputStream out = exchange.getResponseBody();
            // Without this the agent would see the head only with the first event.
            out.flush();
            InputStream in = answer.body();
            byte[] buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                out.flush();
                if (tap != null) {
                    tap.add(buffer, n);
                }
            }
            // Not closed on the way out of an exception: that would end a broken answer as if it were whole.
            out.close();
        } finally {
            if (tap != null) {
                tap.end();
            }
            ledger.requestEnds(answer.status());
        }
    }

    private static String errorType(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            default -> "api_error";
        };
    }

    private void give(HttpExchange exchange, int status, String type, String message) throws IOException {
        ledger.requestEnds(status);
        answer(exchange, status, error(type, message));
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

    /** A refusal of the credential, which is kept until it is clear that no other comes. */
    private static final class Refusal {
        private final int status;
        private final Map<String, List<String>> headers;
        private final byte[] body;

        Refusal(Upstream.Response answer) throws IOException {
            this.status = answer.status();
            this.headers = Headers.downstream(answer.headers());
            this.body = answer.body().readNBytes(MAX_REFUSAL);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        void passOn(HttpExchange exchange) throws IOException {
            exchange.getResponseHeaders().putAll(headers);
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            if (body.length > 0) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        }
    }

    /** Tells a failure on the upstream's side from one on the agent's. */
    private static final class UnreachableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreachableException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
