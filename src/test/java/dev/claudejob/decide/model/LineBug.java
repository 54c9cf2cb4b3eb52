package dev.claudejob.decide.model;

/** A mistake that can be made where jobs share a ClaudeCredential. */
enum LineBug {
    NONE,

    // ---- in the desk, or in what it is told
    ORDER_BY_NAME,
    MOST_AT_ONCE_IGNORED,
    USAGE_LIMIT_IGNORED,
    NO_PROMISE,
    REFUSED_JOB_HOLDS_THE_LINE,
    DELETED_JOB_KEEPS_ITS_SLOT,
    NEW_LEADER_KNOWS_NO_JOBS,
    NOBODY_IS_CALLED,

    // ---- in a reconcile
    PROMISE_KEPT_AFTER_THE_LOOK,
    PROMISE_DROPPED_AFTER_A_LOST_ANSWER,
    PROMISE_DROPPED_AT_A_CONFLICT,

    // ---- in the way of an attempt onto record
    POD_DELETED_THAT_ANOTHER_MAY_RECORD,
    NUMBER_GIVEN_UP_WITHOUT_COMPARE_AND_SWAP,
    RECORD_WITHOUT_COMPARE_AND_SWAP,
    OLD_SECRET_IS_STARTED
}
