/**
 * The sidecar beside the agent: it alone holds the credential, lends it to the agent's requests through a proxy on loopback, and
 * says at the end what the run did. It runs on the JDK alone, so that its image stays small and its memory too.
 */
@NullMarked
package dev.claudejob.helper;

import org.jspecify.annotations.NullMarked;
