package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A short-lived token, exchanged for the Pod's projected ServiceAccount token when one is needed: before it expires, and when the API has
 * refused it. Whoever needs one meanwhile waits for the same exchange.
 */
final class FederatedToken implements CredentialSource {
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    // A refusal that the next token meets as well is no matter of the token's age.
    private static final Duration BETWEEN_REFUSALS = Duration.ofSeconds(30);
    private static final Duration EARLY = Duration.ofMinutes(2);

    private final CredentialSource assertion;
    private final TokenExchange exchange;
    private final Redactor redactor;
    private final SteadyClock clock;
    private final Log log;

    private @Nullable Token current;
    private Instant renewAt = Instant.MIN;
    private Instant expiresAt = Instant.MIN;
    private Instant nextTry = Instant.MIN;
    // Not guarded: an answer must not wait for an exchange that is under way.
    private volatile Instant refusedLast = Instant.MIN;
    private Reading failure = Reading.missing("");

    /** @param assertion the ServiceAccount token, which the kubelet replaces in time */
    FederatedToken(CredentialSource assertion, TokenExchange exchange, Redactor redactor, SteadyClock clock, Log log) {
        this.assertion = assertion;
        this.exchange = exchange;
        this.redactor = redactor;
        this.clock = clock;
        this.log = log;
    }

    @Override
    public synchronized Reading read() {
        Instant now = clock.instant();
        Token token = current;
        if (token != null && now.isBefore(renewAt)) {
            return Reading.of(token);
        }
        if (!now.isBefore(nextTry)) {
            renew();
        }
        token = current;
        // What the exchange can't renew is good to its end.
        return token != null && clock.instant().isBefore(expiresAt) ? Reading.of(token) : failure;
    }

    private void renew() {
        Reading proof = assertion.read();
        Token jwt = proof.token();
        if (jwt == null) {
            failure = proof;
            return;
        }
        switch (exchange.exchange(jwt)) {
            case TokenExchange.Exchanged done -> {
                Token token = done.token();
                Duration life = done.life();
                redactor.learn(token.value());
                Instant now = clock.instant();
                Duration early = life.dividedBy(5);
                current = token;
                expiresAt = now.plus(life);
                renewAt = expiresAt.minus(early.compareTo(EARLY) < 0 ? early : EARLY);
                log.say("exchanged the ServiceAccount's token for one that is good for " + life.toSeconds() + " s");
            }
            case TokenExchange.Failed failed -> {
                Reading reading = failed.reading();
                if (!reading.equals(failure)) {
                    log.say(reading.problem());
                }
                failure = reading;
                nextTry = clock.instant().plus(BETWEEN_TRIES);
            }
        }
    }

    @Override
    public String problem() {
        return assertion.problem();
    }

    @Override
    public synchronized void refused(Token token) {
        Instant now = clock.instant();
        if (token.equals(current) && !now.isBefore(refusedLast.plus(BETWEEN_REFUSALS))) {
            refusedLast = now;
            current = null;
        }
    }

    @Override
    public void accepted() {
        refusedLast = Instant.MIN;
    }
}
