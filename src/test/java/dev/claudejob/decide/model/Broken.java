package dev.claudejob.decide.model;

import org.jspecify.annotations.Nullable;

/** A rule does not hold. */
final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What was being done. */
    final String during;

    Broken(String rule, String what) {
        this(rule + ": " + what, "", null);
    }

    private Broken(String message, String during, @Nullable Throwable cause) {
        super(message, cause);
        this.during = during;
    }

    Broken during(String what) {
        return new Broken(getMessage(), what, this);
    }
}
