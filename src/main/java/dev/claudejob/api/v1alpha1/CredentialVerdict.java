package dev.claudejob.api.v1alpha1;

/** What the API made of a credential, as the helper measured it. */
public enum CredentialVerdict {
    /** It answered requests. */
    Accepted,
    /** It refused the credential, HTTP 401, to the end. */
    AuthFailed,
    /** It told of a usage limit that lasts. */
    UsageLimited,
    /** It asked for a payment, HTTP 402. */
    BillingProblem
}
