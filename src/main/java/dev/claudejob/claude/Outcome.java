package dev.claudejob.claude;

import dev.claudejob.api.v1alpha1.Reason;

/**
 * How a job, or an attempt, came out.
 *
 * @param reason {@link Reason#Succeeded} or what failed
 * @param message one sentence for a person
 */
public record Outcome(Reason reason, String message) {
    public boolean succeeded() {
        return reason == Reason.Succeeded;
    }
}
