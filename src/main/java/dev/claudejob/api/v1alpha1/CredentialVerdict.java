package dev.claudejob.api.v1alpha1;

/** What the API made of a credential, as the helper measured it. */
public enum CredentialVerdict {
    /** It answered requests. */
    Accepted,
    /** It refused the credential, HTTP 401, to the end; or it was not asked, because the credential says itself that it has ended. */
    AuthFailed,
    /** It told of a usage limit that lasts. */
    UsageLimited,
    /** It said that the account behind it can't pay. */
    BillingProblem
}
