package dev.claudejob.api.v1alpha1;

/** What others count: an agent may claim any number, and no claim may keep a status from being written. */
public final class Counts {
    private Counts() {}

    /** The sum of two that are not negative; the greatest number instead of a greater one. */
    public static long sum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
