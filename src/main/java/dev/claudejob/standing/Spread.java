package dev.claudejob.standing;

import java.util.Objects;

/** Jobs that wait for the same moment go on one after the other within half a minute of it. */
public final class Spread {
    public static final int SECONDS = 30;

    private Spread() {}

    /** 0 to {@link #SECONDS}. The same for the same job and attempt: a decision that is taken again must not come out otherwise. */
    public static long of(String jobUid, int attempt) {
        return Math.floorMod(Objects.hash(jobUid, attempt), SECONDS + 1);
    }
}
