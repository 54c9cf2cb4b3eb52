package dev.claudejob.api.v1alpha1;

/** A summary of a job's life for people. Conditions are the contract. */
public enum Phase {
    Pending,
    Starting,
    Running,
    Waiting,
    Succeeded,
    Failed,
    Cancelled;

    /** True for the phases that nothing follows. */
    public boolean finished() {
        return this == Succeeded || this == Failed || this == Cancelled;
    }
}
