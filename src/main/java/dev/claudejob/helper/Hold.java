package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import dev.claudejob.helper.CredentialSource.Reading;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Makes requests wait for a credential that is missing, or that the upstream refused, until another one is mounted. Claude Code
 * waits 100 s and more for an answer, but dies within seconds of a refusal.
 *
 * <p>The patience is spent once per credential value: when a whole hold went by in vain, later requests with the same value are
 * not held again, or a dead credential would cost every retry of the client a hold of its own.
 */
final class Hold {
    /** What is wrong when a credential is there, and is of no use. */
    static final String REFUSED = "waiting for another credential: the upstream refused the one that is mounted";

    private static final long POLL_MILLIS = 100;

    private final CredentialSource source;
    private final Duration patience;
    private final Ledger ledger;
    private final Log log;

    private int waiting;
    private String reason = "";
    // How long a hold was spent in vain, and on what: a refused token, or none (the credential was missing).
    private Duration spent = Duration.ZERO;
    private @Nullable Token spentOn;

    Hold(CredentialSource source, Duration patience, Ledger ledger, Log log) {
        this.source = source;
        this.patience = patience;
        this.ledger = ledger;
        this.log = log;
    }

    /** A request's way to a credential: it remembers how long the request has waited already. */
    final class Turn {
        private final Duration most;
        private long deadline;
        private boolean held;

        private Turn(Duration most) {
            this.most = most;
        }

        /**
         * A token other than the refused one, at once when there is one, else as soon as it is mounted.
         *
         * @param refused the token that the upstream refused; null before the first try
         * @return no token when patience ran out
         */
        Reading await(@Nullable Token refused) throws InterruptedException {
            Reading reading = read(refused);
            if (usable(reading, refused) || !reading.mayChange()) {
                return reading;
            }
            if (!held) {
                if (isSpent(refused, most)) {
                    return without(reading);
                }
                held = true;
                deadline = System.nanoTime() + most.toNanos();
                ledger.requestHeld();
            }
            enter(problem(reading));
            try {
                while (!usable(reading, refused) && reading.mayChange()) {
                    if (deadline - System.nanoTime() <= 0) {
                        spend(refused, most);
                        return without(reading);
                    }
                    Thread.sleep(POLL_MILLIS);
                    reading = read(refused);
                }
                return reading;
            } finally {
                leave();
            }
        }
    }

    /** @param most how long the request waits at most; null for as long as any */
    Turn turn(@Nullable Duration most) {
        return new Turn(most == null || most.compareTo(patience) > 0 ? patience : most);
    }

    /** Why a request waits now, in one line; empty when none does. */
    synchronized String reason() {
        return waiting == 0 ? "" : reason;
    }

    /** The upstream took a token: should it refuse one later, that is news, and worth a hold. */
    void accepted() {
        source.accepted();
        synchronized (this) {
            spent = Duration.ZERO;
            spentOn = null;
        }
    }

    private Reading read(@Nullable Token refused) {
        if (refused != null) {
            source.refused(refused);
        }
        return source.read();
    }

    /** No token: the one that is there, if any, was refused. */
    private static Reading without(Reading reading) {
        return new Reading(
                null, problem(reading), reading.token() == null ? reading.status() : 401, true, reading.expiresAt());
    }

    private static boolean usable(Reading reading, @Nullable Token refused) {
        return reading.token() != null && !reading.token().equals(refused);
    }

    private static String problem(Reading reading) {
        return reading.token() == null ? "waiting: " + reading.problem() : REFUSED;
    }

    /** A wait that was short because another credential could be used does not count as the long one. */
    private synchronized boolean isSpent(@Nullable Token refused, Duration most) {
        return isOn(refused) && spent.compareTo(most) >= 0;
    }

    private boolean isOn(@Nullable Token refused) {
        return spentOn == null ? refused == null : spentOn.equals(refused);
    }

    private synchronized void spend(@Nullable Token refused, Duration waited) {
        if (isOn(refused) && spent.compareTo(waited) >= 0) {
            return;
        }
        if (spent.isZero()) {
            log.say("no other credential came in " + waited.toSeconds() + " s");
        }
        spent = waited;
        spentOn = refused;
    }

    private synchronized void enter(String why) {
        reason = why;
        if (waiting++ == 0) {
            ledger.holdBegins();
            log.say(why);
        }
    }

    private synchronized void leave() {
        if (--waiting == 0) {
            ledger.holdEnds();
        }
    }
}
