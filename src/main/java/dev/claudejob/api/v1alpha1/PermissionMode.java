package dev.claudejob.api.v1alpha1;

/** Claude Code's permission modes, spelled as its {@code --permission-mode} takes them. */
@SuppressWarnings("MemberName")
public enum PermissionMode {
    acceptEdits,
    auto,
    bypassPermissions,
    dontAsk,
    manual,
    plan
}
