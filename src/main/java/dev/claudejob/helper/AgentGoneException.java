package dev.claudejob.helper;

import java.io.IOException;

/** Nobody waits for the answer any more: whoever works on it was interrupted, and its connection to the upstream closed with that. */
final class AgentGoneException extends IOException {
    private static final long serialVersionUID = 1L;

    private AgentGoneException(IOException cause) {
        super("the agent went away", cause);
    }

    /** What a failure of the upstream's connection was in truth. The interrupt is taken off: what follows it writes files. */
    static IOException or(IOException failure) {
        return Thread.interrupted() ? new AgentGoneException(failure) : failure;
    }
}
