package dev.claudejob.helper;

import com.sun.net.httpserver.HttpExchange;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An error that is kept until it is clear whether the agent is to see it. */
final class Kept {
    // Longer than any error.
    private static final int MAX_BODY = 64 * 1024;

    private final int status;
    private final Map<String, List<String>> headers;
    private final byte[] body;

    private Kept(int status, Map<String, List<String>> headers, byte[] body) {
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    static Kept of(Upstream.Response answer) throws IOException {
        return new Kept(
                answer.status(),
                Headers.downstream(answer.headers()),
                answer.body().readNBytes(MAX_BODY));
    }

    int status() {
        return status;
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /**
     * Whether the account behind the credential can't pay. The API says so with {@code billing_error}, and of an account without credit with a
     * 400; the words are those that Claude Code 2.1.330 looks for.
     */
    boolean unpaid() {
        if (status == 402) {
            return true;
        }
        try {
            Fields error = Fields.of(Json.parse(text())).object("error");
            String message = error.string("message");
            return (status == 403 && "billing_error".equals(error.string("type")))
                    || (status == 400
                            && message != null
                            && message.toLowerCase(Locale.ROOT).contains("credit balance is too low"));
        } catch (MalformedJsonException e) {
            return false;
        }
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
