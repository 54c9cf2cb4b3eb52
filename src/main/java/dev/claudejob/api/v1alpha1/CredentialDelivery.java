package dev.claudejob.api.v1alpha1;

/** How a credential reaches Claude Code. */
public enum CredentialDelivery {
    /** The helper sidecar adds the credential to each request; the agent's container never holds it. */
    Helper,
    /** A plain environment variable of the agent's container, from the Secret. */
    Env
}
