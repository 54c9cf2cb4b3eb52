package dev.claudejob.standing;

import java.util.Set;

/** A look into a desk. */
public final class DeskGlass {
    private DeskGlass() {}

    /** Uids of the jobs that it has promised a slot to. */
    public static Set<String> promised(CredentialDesk desk, Key credential) {
        return desk.promised(credential);
    }
}
