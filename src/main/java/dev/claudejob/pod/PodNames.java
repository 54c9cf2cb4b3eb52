package dev.claudejob.pod;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The names that operator, Pod and user share. */
public final class PodNames {
    /** Keeps a new Pod from being scheduled until its uid is on record. */
    public static final String START_GATE = "claudejob.dev/start";

    /** Keeps a Pod, whoever deletes it, until its end is on record. */
    public static final String RESULT_FINALIZER = "claudejob.dev/result";

    public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
    public static final String MANAGED_BY = "claudejob";
    public static final String JOB_NAME_LABEL = "claudejob.dev/job-name";
    public static final String JOB_UID_LABEL = "claudejob.dev/job-uid";
    public static final String ATTEMPT_LABEL = "claudejob.dev/attempt";
    public static final String PROMPT_ANNOTATION = "claudejob.dev/prompt";

    /** Counts how often a Pod that waits for a credential was touched, and when last: {@code <count> <time>}. */
    public static final String NUDGE_ANNOTATION = "claudejob.dev/nudge";

    /** When the operator told the kubelet to stop the Pod. A deadline alone may be somebody else's. */
    public static final String STOP_ANNOTATION = "claudejob.dev/stopped-at";

    /** The generation of the job's spec that the Pod was built from. */
    public static final String GENERATION_ANNOTATION = "claudejob.dev/generation";

    /** Positions in spec.credentials that the Pod uses, in the order of the helper's list: {@code 1,2}. */
    public static final String CREDENTIALS_ANNOTATION = "claudejob.dev/credentials";

    /** The name of the credential that the Pod begins with. What a position or a ClaudeCredential means may change before it starts. */
    public static final String CREDENTIAL_ANNOTATION = "claudejob.dev/credential";

    /** Selects every Pod that this operator may have made. */
    public static final String POD_SELECTOR = MANAGED_BY_LABEL + "=" + MANAGED_BY;

    public static final String CLAUDE_CONTAINER = "claude";
    public static final String HELPER_CONTAINER = "helper";
    public static final String WORKSPACE_CONTAINER = "workspace";

    private PodNames() {}

    /**
     * The Pod's name: the job's, five characters that tell a job from an earlier one of the same name, and the attempt. A job's name
     * is at most 52 characters long (a rule of the CRD), so that this is at most 63.
     */
    public static String podName(String jobName, String jobUid, int attempt) {
        return jobName + "-" + hash(jobUid) + "-" + attempt;
    }

    private static String hash(String uid) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(uid.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, 5);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
