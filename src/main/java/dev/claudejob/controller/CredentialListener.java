package dev.claudejob.controller;

import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeCredentialStatus;

/** Told how ClaudeCredentials stand. */
public interface CredentialListener {
    /** This is how it stands now, whether it is on record yet or not. */
    void stands(ClaudeCredential credential, ClaudeCredentialStatus status);

    /** It is gone. */
    void gone(ClaudeCredential credential);
}
