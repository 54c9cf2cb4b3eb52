package dev.claudejob.standing;

import java.util.Objects;

/** Jobs that wait for the same moment go on one after the other within half a minute of it. */
public final class Spread {
    public static final int SECONDS = 30;

    private Spread() {}

    /** 0 to {@link #SECONDS}. The same for the same job and attempt: a decision that is taken again must not come out otherwise. */
    public static long of(String jobUid, int attempt) {
        // Objects.hash multiplies by 31, the number of seconds: its remainder alone would know nothing of the uid.
        int hash = Objects.hash(jobUid, attempt) * 0x9E3779B9;
        return Math.floorMod(hash ^ (hash >>> 16), SECONDS + 1);
    }
}
