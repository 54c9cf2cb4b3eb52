package dev.claudejob.runtime;

/**
 * Which of an install's Pods this is.
 *
 * @param namespace where the install is
 * @param name the Pod's
 * @param lease the name of the Lease that all replicas of the install share, and no other install of its namespace
 */
public record Replica(String namespace, String name, String lease) {
    /** The Lease of an install that names none. */
    public static final String LEASE = "claudejob-operator";
}
