package dev.claudejob.decide.model;

import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A decision, as far as it tells states apart.
 *
 * @param attempt of a Pod to be created, or of one that may be lost
 * @param pod what is acted on, as it was known
 * @param uid of a Pod that may be lost
 * @param status timeless
 */
record Move(
        Kind kind,
        int attempt,
        @Nullable PodFacts pod,
        int uid,
        @Nullable ClaudeJobStatus status) {
    enum Kind {
        /** Until something happens. */
        WAIT,
        /** Until something happens or time passes. */
        WAIT_FOR_TIME,
        CREATE,
        WRITE,
        OPEN,
        STOP,
        DELETE,
        RELEASE,
        CONFIRM,
        RECLAIM;

        boolean waits() {
            return this == WAIT || this == WAIT_FOR_TIME;
        }
    }

    static Move wait(boolean forTime) {
        return new Move(forTime ? Kind.WAIT_FOR_TIME : Kind.WAIT, 0, null, 0, null);
    }

    static Move of(Kind kind, PodFacts pod) {
        return new Move(kind, pod.attempt(), pod, pod.uid(), null);
    }

    @Override
    public String toString() {
        return switch (kind) {
            case WAIT, WAIT_FOR_TIME -> "waits";
            case CREATE -> "create Pod " + attempt;
            case WRITE -> {
                yield "write " + JobFacts.words(Objects.requireNonNull(status));
            }
            case CONFIRM -> "look whether Pod " + attempt + "#" + uid + " is gone";
            default -> kind.name().toLowerCase(Locale.ROOT) + " " + attempt + "#" + uid;
        };
    }
}
