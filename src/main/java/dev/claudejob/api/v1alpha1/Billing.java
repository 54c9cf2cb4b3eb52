package dev.claudejob.api.v1alpha1;

/** Who pays for what a credential spends. */
public enum Billing {
    Subscription,
    Metered,
    Cloud
}
