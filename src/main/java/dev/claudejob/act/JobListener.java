package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import org.jspecify.annotations.Nullable;

/** Told of every status that was written. */
public interface JobListener {
    /**
     * A status was written.
     *
     * @param job the job as it now is
     * @param before its status before, null when it had none
     */
    void statusWritten(ClaudeJob job, @Nullable ClaudeJobStatus before);
}
