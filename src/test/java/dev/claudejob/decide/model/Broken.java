package dev.claudejob.decide.model;

/** A rule does not hold. */
final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Broken(String rule, String what) {
        super(rule + ": " + what);
    }
}
