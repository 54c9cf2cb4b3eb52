package dev.claudejob.api.v1alpha1;

/** What a job does when its credential's usage limit is reached. */
public enum OnUsageLimit {
    /** Wait until the limit resets, and go on; no retry is spent. */
    Park,
    /** Fail at once. */
    Fail
}
