package dev.claudejob.decide.model;

/** A mistake that can be made in the protocol, one for each of its steps. */
enum Bug {
    NONE,

    // ---- in what a Pod is made with
    NO_GATE,
    NO_FINALIZER,

    // ---- in how the apiserver is asked
    NO_COMPARE_AND_SWAP_ON_THE_INTENT,
    NO_COMPARE_AND_SWAP_ON_THE_END,
    NO_UID_TEST_AT_THE_GATE,
    NO_UID_TEST_AT_THE_RELEASE,
    NO_VERSION_AT_THE_DELETION,
    ALREADY_EXISTS_ADOPTED_BY_NAME,
    NEXT_NUMBER_AFTER_A_TIMEOUT,
    SWEEP_WITHOUT_A_LIVE_LOOK,
    NO_SWEEP,

    // ---- in what is decided
    GATE_BEFORE_RECORD,
    SECOND_POD_FOR_A_RECORDED_ATTEMPT,
    RELEASE_BEFORE_RECORD,
    LOST_WITHOUT_A_LIVE_LOOK,
    SILENCE_BELIEVED_WITHOUT_A_LIVE_LOOK,
    LOST_POD_IS_RETRIED,
    CANCEL_WITHOUT_WAITING_FOR_THE_END,
    SUCCESS_IS_RETRIED,
    OLD_SPEC_IS_STARTED,
    LEFTOVERS_ARE_KEPT,
    NO_RELEASE,
    NO_RECLAIM
}
