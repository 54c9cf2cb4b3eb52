package dev.claudejob.helper;

import com.sun.net.httpserver.HttpExchange;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An error that is kept until it is clear whether the agent is to see it. */
final class Kept {
    // Longer than any error.
    private static final int MAX_BODY = 64 * 1024;

    // Whole messages without a colon. One that cites the agent's request has one, and the agent must not stop others by
    // what it writes there.
    private static final Pattern SPENT = Pattern.compile(
            "You have reached your specified API usage limits\\.?"
                    + "( You will regain access on (?<day>[0-9-]{10})( at (?<time>[0-9]{2}:[0-9]{2}) UTC)?\\.?)?[^:]*",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern UNPAID = Pattern.compile(
            "(Your )?credit balance is too low[^:]*|This organization has been disabled[^:]*|" + SPENT.pattern(),
            Pattern.CASE_INSENSITIVE);

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
     * Whether the account behind the credential can't pay, or is no more. The API says so with {@code billing_error}, and else with a 400: the words
     * about the balance are those that Claude Code 2.1.330 looks for.
     */
    boolean unpaid() {
        Fields error = error();
        return status == 402
                || (status == 403 && "billing_error".equals(error.string("type")))
                || (status == 400 && UNPAID.matcher(message(error)).matches());
    }

    /** When an account that has reached the limit that its owner set may be used again; a later date than a week is one that may change before. */
    Optional<Instant> regainsAccess() {
        Matcher date = SPENT.matcher(message(error()));
        if (status != 400 || !date.matches() || date.group("day") == null) {
            return Optional.empty();
        }
        try {
            LocalTime time = date.group("time") == null ? LocalTime.MIDNIGHT : LocalTime.parse(date.group("time"));
            return Optional.of(LocalDate.parse(date.group("day")).atTime(time).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private Fields error() {
        try {
            return Fields.of(Json.parse(text())).object("error");
        } catch (MalformedJsonException e) {
            return Fields.of(null);
        }
    }

    private static String message(Fields error) {
        return Objects.requireNonNullElse(error.string("message"), "");
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
