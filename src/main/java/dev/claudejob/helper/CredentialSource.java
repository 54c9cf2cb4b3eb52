package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where a credential comes from. Thread-safe. */
interface CredentialSource {
    /**
     * What to send now.
     *
     * @param token null when there is no usable one
     * @param problem one line for people when there is no token; else empty
     * @param status what a request that can't be sent for want of it is answered with
     * @param mayChange whether another answer may come by itself, so that a request is held for it
     * @param expiresAt when it ends, or ended; null when it does not say, and when the helper renews it
     */
    record Reading(
            @Nullable Token token,
            String problem,
            int status,
            boolean mayChange,
            @Nullable Instant expiresAt) {
        static Reading of(Token token) {
            return of(token, null);
        }

        static Reading of(Token token, @Nullable Instant expiresAt) {
            return new Reading(token, "", 200, true, expiresAt);
        }

        /** No token is there yet, or none that can be used. */
        static Reading missing(String problem) {
            return missing(problem, null);
        }

        /** The same, when it is because it has ended. */
        static Reading missing(String problem, @Nullable Instant expiresAt) {
            return new Reading(null, problem, 401, true, expiresAt);
        }
    }

    /** The newest token, as far as is known without asking the upstream of a request. May take seconds. */
    Reading read();

    /** Whether the agent may start: one line, empty when it may. Quick: a probe asks. */
    String problem();

    /** The upstream refused this token. */
    default void refused(Token token) {}

    /** The upstream took one. */
    default void accepted() {}
}
