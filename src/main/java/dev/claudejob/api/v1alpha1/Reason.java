package dev.claudejob.api.v1alpha1;

/** Why a job is where it is: the words of {@code status.reason}, of conditions and of attempts. Each has a row in docs/troubleshooting.md. */
public enum Reason {
    /** The Pod of an attempt is on its way to a node. */
    Starting,
    /** The agent is at work. */
    Running,
    /** Claude Code ended well, with a result. */
    Succeeded,
    /** The agent reached agent.maxTurns. */
    MaxTurns,
    /** One answer of the model was longer than it may be. */
    MaxOutputTokens,
    /** The job reached one of its limits. */
    BudgetExceeded,
    /** The job ran longer than activeDeadlineSeconds. */
    DeadlineExceeded,
    /** The answer does not fit agent.outputSchema, or there is none. */
    StructuredOutputInvalid,
    /** The conversation is larger than the model's context. */
    PromptTooLong,
    /** The model refused to answer. */
    Refused,
    /** The subscription's usage limit is reached. */
    UsageLimit,
    /** The API answered 429 until Claude Code gave up. */
    RateLimited,
    /** The API answered 529 or 5xx until Claude Code gave up. */
    Overloaded,
    /** The API refused the credential. */
    AuthFailed,
    /** The Secret, or its key, is not there. */
    CredentialMissing,
    /** The credential says itself that it is good no more. */
    CredentialExpired,
    /** As many jobs as may use the ClaudeCredential at once do. */
    Queued,
    /** The account can't pay. */
    BillingProblem,
    /** The API could not be reached. */
    NetworkError,
    /** The API, or the operator, found the request wrong. */
    InvalidRequest,
    /** Claude Code ended without a result. */
    CliError,
    /** The helper, which tells how the agent did, was killed or hung. */
    HelperFailed,
    /** The image can't be pulled. */
    ImagePull,
    /** The cluster or the node refused the Pod or a part of it. */
    PodRejected,
    /** No node takes the Pod. */
    Unschedulable,
    /** The agent's container ran out of memory. */
    OutOfMemory,
    /** The node evicted the Pod. */
    Evicted,
    /** The node is gone. */
    NodeLost,
    /** The Pod was deleted by someone else. */
    PodLost,
    /** Another object has the name that the job's Pod needs. */
    NameTaken,
    /** The workspace's init container failed. */
    WorkspaceFailed,
    /** The user cancelled the job. */
    Cancelled
}
