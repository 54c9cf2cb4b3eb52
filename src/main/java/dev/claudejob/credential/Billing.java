package dev.claudejob.credential;

/** Who pays, and how. */
public enum Billing {
    /** A flat plan with usage limits per person: it runs out and comes back. */
    SUBSCRIPTION,
    /** Every token costs money on an account with the vendor. */
    METERED,
    /** Every token costs money on a cloud account. */
    CLOUD
}
