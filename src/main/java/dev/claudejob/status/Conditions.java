package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Condition;
import dev.claudejob.api.v1alpha1.ConditionStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The conditions of a job. Complete, Failed and Finished are for kubectl wait; Ready, Reconciling and Stalled are kstatus's. */
public final class Conditions {
    public static final String COMPLETE = "Complete";
    public static final String FAILED = "Failed";
    public static final String FINISHED = "Finished";
    public static final String READY = "Ready";
    public static final String RECONCILING = "Reconciling";
    public static final String STALLED = "Stalled";

    private Conditions() {}

    /** @param stalled true of a job that has not ended, but does not go on unless somebody changes it */
    static List<Condition> of(ClaudeJob job, Phase phase, Reason reason, String message, boolean stalled, String now) {
        List<Condition> conditions = new ArrayList<>();
        Maker maker = new Maker(job, reason, message, now);
        boolean finished = phase.finished();
        boolean succeeded = phase == Phase.Succeeded;
        conditions.add(maker.make(COMPLETE, succeeded));
        conditions.add(maker.make(FAILED, finished && !succeeded));
        conditions.add(maker.make(FINISHED, finished));
        conditions.add(maker.make(READY, succeeded));
        conditions.add(maker.make(RECONCILING, !finished && !stalled));
        conditions.add(maker.make(STALLED, stalled || (finished && !succeeded)));
        return List.copyOf(conditions);
    }

    private record Maker(ClaudeJob job, Reason reason, String message, String now) {
        /** A condition keeps the time of its last change of status. */
        Condition make(String type, boolean holds) {
            ConditionStatus status = holds ? ConditionStatus.True : ConditionStatus.False;
            Condition before = before(type);
            return new Condition(
                    type,
                    status,
                    reason.name(),
                    message,
                    before != null && before.status() == status ? before.lastTransitionTime() : now,
                    job.getMetadata().getGeneration());
        }

        private @Nullable Condition before(String type) {
            ClaudeJobStatus status = job.getStatus();
            if (status == null || status.conditions() == null) {
                return null;
            }
            return status.conditions().stream()
                    .filter(c -> c.type().equals(type))
                    .findFirst()
                    .orElse(null);
        }
    }
}
