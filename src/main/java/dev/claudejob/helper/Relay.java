package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import dev.claudejob.helper.CredentialSource.Reading;
import dev.claudejob.summary.Summary.Limit;
import dev.claudejob.summary.Summary.Trouble;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the answer to a request: with the job's first credential that is of use, and where that one fails, with the next. The agent sees a failure
 * only when none is left. Once an answer has begun nothing is sent again.
 */
final class Relay {
    private final Roster roster;
    private final Ledger ledger;
    private final InstantSource clock;
    private final Log log;

    Relay(Roster roster, Ledger ledger, InstantSource clock, Log log) {
        this.roster = roster;
        this.ledger = ledger;
        this.clock = clock;
        this.log = log;
    }

    /**
     * A request as the agent sent it.
     *
     * @param target path and query
     * @param body null for a method that has none
     */
    record Request(
            String method,
            String target,
            Map<String, List<String>> headers,
            @Nullable RequestBody body) {}

    /** What came of a request. */
    sealed interface Outcome {
        /** An answer that is still on its way: whoever takes it closes it. */
        record Answered(Lender by, Upstream.Response answer) implements Outcome {}

        /** The API's error. */
        record Refused(Kept error) implements Outcome {}

        /** There is no credential, and none came: what is to be said of it. */
        record NoCredential(int status, String problem) implements Outcome {}

        /** The agent went away after the request went out. */
        record Abandoned(Lender by) implements Outcome {}

        /** The upstream did not answer. */
        record Unreachable(String problem, boolean forGood) implements Outcome {}
    }

    /** What came of a request with one credential, and whether another one may do better. */
    private record Try(Outcome outcome, boolean another) {}

    Outcome send(Request request) throws InterruptedException {
        Set<Integer> tried = new HashSet<>();
        Lender lender = roster.choose(tried).orElseThrow();
        @Nullable Outcome limited = null;
        while (true) {
            Try with = send(request, lender, tried);
            if (!with.another) {
                return with.outcome;
            }
            if (isUsageLimit(with.outcome)) {
                limited = with.outcome;
            }
            tried.add(lender.index());
            Optional<Lender> next = roster.choose(tried);
            if (next.isEmpty()) {
                // Of several failures the agent is told the one that passes by itself.
                return limited == null ? with.outcome : limited;
            }
            lender = next.get();
            log.say("the request goes out again with credential " + lender.name());
        }
    }

    private static boolean isUsageLimit(Outcome failure) {
        return failure instanceof Outcome.Refused refused
                && (refused.error.status() == 429
                        || refused.error.regainsAccess().isPresent());
    }

    private Try send(Request request, Lender lender, Set<Integer> tried) throws InterruptedException {
        Hold.Turn turn = lender.hold().turn(roster.patience(lender, tried));
        @Nullable Token refused = null;
        @Nullable Kept refusal = null;
        while (true) {
            Reading reading = turn.await(refused);
            Token token = reading.token();
            ledger.expires(lender.index(), reading.expiresAt());
            if (token == null) {
                roster.failed(
                        lender,
                        refused == null ? Trouble.MISSING : Trouble.AUTH_FAILED,
                        clock.instant().plus(Roster.REFUSED),
                        null,
                        refused);
                return new Try(
                        refusal == null
                                ? new Outcome.NoCredential(reading.status(), reading.problem())
                                : new Outcome.Refused(refusal),
                        true);
            }
            if (refused != null) {
                log.say("another credential is there: the request goes out again");
            }
            ledger.uses(lender.index());
            Upstream.Response answer;
            try {
                answer = lender.upstream()
                        .send(
                                request.method,
                                request.target,
                                Headers.upstream(request.headers, lender.kind(), token),
                                request.body);
            } catch (IOException e) {
                return new Try(unanswered(lender, e), false);
            }
            ledger.windows(lender.index(), UsageLimit.windows(answer, clock.instant()));
            if (answer.status() < 400 || answer.status() > 429) {
                return new Try(answered(lender, answer), false);
            }
            Kept error;
            try (answer) {
                error = Kept.of(answer);
            } catch (IOException e) {
                return new Try(unreachable(e), false);
            }
            if (lender.kind().refuses(error.status(), error.text())) {
                refused = token;
                refusal = error;
                roster.refused(lender, token);
                log.say("the API refuses credential " + lender.name());
            } else {
                return new Try(new Outcome.Refused(error), failed(lender, answer, error));
            }
        }
    }

    private Outcome answered(Lender lender, Upstream.Response answer) {
        if (answer.status() < 400) {
            lender.hold().accepted();
            roster.worked(lender);
        }
        return new Outcome.Answered(lender, answer);
    }

    private Outcome unanswered(Lender lender, IOException e) {
        if (e instanceof AgentGoneException) {
            log.say("no answer: " + e.getMessage());
            return new Outcome.Abandoned(lender);
        }
        return unreachable(e);
    }

    private Outcome unreachable(IOException e) {
        log.say("no answer: " + e.getMessage());
        return new Outcome.Unreachable(String.valueOf(e.getMessage()), e instanceof NotTrustedException);
    }

    /** True when it is the credential's failure, and not the request's. */
    private boolean failed(Lender lender, Upstream.Response answer, Kept error) {
        Instant now = clock.instant();
        Optional<Limit> limit = UsageLimit.of(answer, now).or(() -> UsageLimit.of(error, now));
        if (limit.isPresent()) {
            Instant reset = Instant.ofEpochSecond(limit.get().resetsAt());
            log.say("the usage limit of credential " + lender.name() + " is reached; it resets at " + reset);
            ledger.limited(limit.get());
            roster.failed(lender, Trouble.USAGE_LIMIT, reset, limit.get().type(), null);
            return true;
        }
        if (error.unpaid()) {
            log.say("the account behind credential " + lender.name() + " can't pay");
            roster.failed(lender, Trouble.BILLING, now.plus(Roster.UNPAID), null, null);
            return true;
        }
        return false;
    }
}
