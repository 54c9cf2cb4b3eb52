package dev.claudejob.decide.model;

import dev.claudejob.testing.PodStory;
import org.jspecify.annotations.Nullable;

/** Where the agent of a Pod is, and what its helper will say. */
enum Agent {
    /** Never started. */
    NONE(-1, null),
    RUNNING(-1, null),
    /** It ended with a result. */
    DONE(0, PodStory.GOOD),
    /** The API was overloaded, which another attempt may cure. */
    OVERLOADED(1, """
            {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":529,"turns":1,\
            "costUSD":"0.01","usage":{"in":1,"out":2,"cacheRead":3,"cacheWrite":4}}"""),
    /** The kubelet ended it, and it left nothing. */
    KILLED(143, PodStory.NOTHING);

    final int exitCode;
    final @Nullable String summary;

    Agent(int exitCode, @Nullable String summary) {
        this.exitCode = exitCode;
        this.summary = summary;
    }

    boolean ended() {
        return summary != null;
    }

    /** Turns that its summary tells of. */
    int turns() {
        return this == DONE ? 2 : this == OVERLOADED ? 1 : 0;
    }
}
