/** Credential kinds: what each needs from the agent's environment, what it sends upstream, and what billing it means. Pure, JDK only. */
@NullMarked
package dev.claudejob.credential;

import org.jspecify.annotations.NullMarked;
