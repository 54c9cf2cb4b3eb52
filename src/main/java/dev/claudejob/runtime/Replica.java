package dev.claudejob.runtime;

import java.time.Duration;

/**
 * Which of an install's Pods this is.
 *
 * @param namespace where the install is
 * @param name the Pod's
 * @param lease the name of the Lease that all replicas of the install share, and no other install of its namespace
 * @param terms of that Lease
 */
public record Replica(String namespace, String name, String lease, Terms terms) {
    /** The Lease of an install that names none. */
    public static final String LEASE = "claudejob-operator";

    /** Under the usual terms. */
    public Replica(String namespace, String name, String lease) {
        this(namespace, name, lease, Terms.USUAL);
    }

    /**
     * How a Lease is held.
     *
     * @param duration how long others leave it alone after it was renewed
     * @param renewal how long it may fail to be renewed before its holder ends: shorter, so that there are never two
     * @param retry how often that is tried
     * @param lost how a holder ends that has lost it: at once, for another may be at work already
     */
    public record Terms(Duration duration, Duration renewal, Duration retry, Runnable lost) {
        static final Terms USUAL = new Terms(
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                () -> Runtime.getRuntime().halt(1));
    }
}
