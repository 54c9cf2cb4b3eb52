package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;

/**
 * One of the job's credentials, and the one place that it may be sent to.
 *
 * @param index its position in the helper's list
 * @param name as users know it
 */
record Lender(int index, String name, CredentialKind kind, CredentialSource source, Hold hold, Upstream upstream) {}
