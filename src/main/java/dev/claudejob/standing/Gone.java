package dev.claudejob.standing;

import java.util.LinkedHashSet;
import java.util.SequencedSet;

/** Uids of deleted objects, which don't come back: whoever still tells of one began before it was deleted, and nobody is that late for ever. */
public final class Gone {
    private static final int REMEMBERED = 10_000;

    private final SequencedSet<String> uids = new LinkedHashSet<>();

    public synchronized void add(String uid) {
        if (uids.add(uid) && uids.size() > REMEMBERED) {
            uids.removeFirst();
        }
    }

    public synchronized boolean contains(String uid) {
        return uids.contains(uid);
    }
}
