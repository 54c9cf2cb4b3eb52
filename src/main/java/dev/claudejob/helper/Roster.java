package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;
import dev.claudejob.credential.Token;
import dev.claudejob.summary.Summary.Cooling;
import dev.claudejob.summary.Summary.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The job's credentials in its order of preference, and which of them are left alone for a while because they went wrong. A request gets the
 * first that is not. Thread-safe.
 */
final class Roster {
    /** The API refused it, or there was none; less when its file changes. */
    static final Duration REFUSED = Duration.ofMinutes(10);

    /** The account behind it can't pay. */
    static final Duration UNPAID = Duration.ofHours(1);

    private final List<Lender> lenders;
    private final Ledger ledger;
    private final Duration patience;
    private final InstantSource clock;
    private final Instant start;
    private final Map<Integer, Trial> trials = new HashMap<>();
    private final Map<Integer, Token> refused = new HashMap<>();

    /** @param token what was refused; null when there was none, or when it was not for the token */
    private record Trial(Cooling cooling, @Nullable Token token) {}

    /**
     * @param lenders at least one
     * @param patience how long a credential that is missing or refused is waited for when another one could be used
     */
    Roster(List<Lender> lenders, Ledger ledger, Duration patience, InstantSource clock) {
        this.lenders = List.copyOf(lenders);
        this.ledger = ledger;
        this.patience = patience;
        this.clock = clock;
        this.start = clock.instant();
        ledger.cooling().stream()
                .filter(c -> c.credential() < lenders.size())
                .forEach(c -> trials.put(c.credential(), new Trial(c, null)));
    }

    /**
     * The credential that a request is to use next.
     *
     * @param tried those that this request was sent with already
     * @return none when this request can go nowhere else. A new one always can: where everything went wrong the API is asked again, so that what
     *     the agent is told is what holds now
     */
    Optional<Lender> choose(Set<Integer> tried) {
        Optional<Lender> usable = lenders.stream()
                .filter(lender -> !tried.contains(lender.index()) && !cools(lender))
                .findFirst();
        return usable.isPresent() || !tried.isEmpty()
                ? usable
                : Optional.of(lenders.get(ledger.lastUsed(lenders.size())));
    }

    /** How long a request waits for this credential to come or change; null for the longest. */
    @Nullable
    Duration patience(Lender lender, Set<Integer> tried) {
        boolean another = lenders.stream()
                .anyMatch(other -> other.index() != lender.index()
                        && !tried.contains(other.index())
                        && !cools(other)
                        && other.source().problem().isEmpty());
        return another ? patience : null;
    }

    /**
     * A credential went wrong: it is left alone until then.
     *
     * @param token what was refused; another one ends the wait
     */
    synchronized void failed(
            Lender lender, Trouble trouble, Instant until, @Nullable String type, @Nullable Token token) {
        Cooling cooling = new Cooling(lender.index(), trouble, until.getEpochSecond(), type);
        trials.put(lender.index(), new Trial(cooling, token));
        ledger.cools(cooling);
    }

    /** The API refused this token. That it is good is believed when the API takes it, and not when an agent asks no more. */
    synchronized void refused(Lender lender, Token token) {
        refused.put(lender.index(), token);
    }

    /** The API took it. */
    synchronized void worked(Lender lender) {
        refused.remove(lender.index());
        if (trials.remove(lender.index()) != null) {
            ledger.coolsNoMore(lender.index());
        }
    }

    private boolean cools(Lender lender) {
        Trial trial;
        synchronized (this) {
            trial = trials.get(lender.index());
        }
        if (trial == null || trial.cooling.until() == null) {
            return false;
        }
        if (!clock.instant().isBefore(Instant.ofEpochSecond(trial.cooling.until()))) {
            return false;
        }
        return switch (trial.cooling.trouble()) {
            case USAGE_LIMIT, BILLING -> true;
            case AUTH_FAILED, MISSING -> {
                if (lender.kind() == CredentialKind.WORKLOAD_IDENTITY
                        || !lender.source().problem().isEmpty()) {
                    // What is exchanged is always another one, and to see it costs an exchange.
                    yield true;
                }
                Token now = lender.source().read().token();
                yield now == null || now.equals(trial.token);
            }
        };
    }

    /** Why no request can be served now, in one line; empty when one can. */
    String problem() {
        for (Lender lender : lenders) {
            String holding = lender.hold().reason();
            if (!holding.isEmpty()) {
                return holding;
            }
        }
        String first = problem(lenders.getFirst());
        boolean patient = clock.instant().isBefore(start.plus(patience));
        boolean another = !patient
                && lenders.stream().skip(1).anyMatch(lender -> problem(lender).isEmpty());
        return another ? "" : first;
    }

    private String problem(Lender lender) {
        String problem = lender.source().problem();
        Token bad;
        synchronized (this) {
            bad = refused.get(lender.index());
        }
        // What is exchanged is always another one, and a probe can't wait to see it.
        if (!problem.isEmpty() || bad == null || lender.kind() == CredentialKind.WORKLOAD_IDENTITY) {
            return problem;
        }
        return bad.equals(lender.source().read().token()) ? Hold.REFUSED : "";
    }
}
