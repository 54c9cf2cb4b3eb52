package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Agent;
import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.AgentEnd;
import dev.claudejob.claude.Outcome;
import dev.claudejob.claude.Outcomes;
import dev.claudejob.claude.Remedy;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import java.util.Objects;
import java.util.Optional;

/**
 * Why an attempt whose Pod is over ended: what Claude Code says first if it did its work, then what was done to it from outside, then what it
 * says of its failure.
 */
final class Ends {
    /** How run.sh ends when it was told to stop: as a process that TERM ended. */
    private static final int INTERRUPTED = 143;

    private Ends() {}

    static Outcome outcome(View view, Attempt attempt, PodView pod) {
        ClaudeJobSpec spec = view.job().getSpec();
        Optional<ContainerStateTerminated> agent = pod.agentEnd().filter(e -> pod.agentStarted());
        AgentEnd end = new AgentEnd(
                agent.map(ContainerStateTerminated::getExitCode).orElse(null),
                agent.map(ContainerStateTerminated::getMessage).orElse(null),
                pod.summary(),
                schemaAsked(spec));
        Outcome outcome =
                Outcomes.success(end).or(() -> fromOutside(view, attempt, pod)).orElseGet(() -> Outcomes.failure(end));
        return Remedy.of(outcome.reason()) == Remedy.AGAIN && Retries.unmetered(view, attempt, pod)
                ? new Outcome(
                        outcome.reason(),
                        outcome.message() + " It is not tried again: nobody can tell how much it used of"
                                + " limits.maxOutputTokens.")
                : outcome;
    }

    private static boolean schemaAsked(ClaudeJobSpec spec) {
        Agent agent = spec.agent();
        return agent != null && agent.outputSchema() != null;
    }

    private static Optional<Outcome> fromOutside(View view, Attempt attempt, PodView pod) {
        ClaudeJobSpec spec = view.job().getSpec();
        if (spec.cancelRequested() && (pod.stopRequested() || pod.deleting())) {
            return Optional.of(new Outcome(Reason.Cancelled, "The job was cancelled."));
        }
        if (pod.stopRequested()) {
            return Optional.of(new Outcome(
                    Reason.DeadlineExceeded,
                    "The agent ran longer than activeDeadlineSeconds (" + spec.activeDeadlineSeconds() + " s)."));
        }
        return disrupted(pod)
                .or(() -> podFailure(pod))
                .or(() -> neverStarted(view, attempt, pod))
                .or(() -> containerFailure(pod))
                .or(() -> deleted(pod));
    }

    /** Kubernetes' own word for who ended the Pod comes before what can be guessed from how it ended. */
    private static Optional<Outcome> disrupted(PodView pod) {
        return pod.disruption().map(c -> {
            String why = " (" + c.getReason() + ")" + (c.getMessage() == null ? "" : ": " + c.getMessage());
            return "DeletionByPodGC".equals(c.getReason())
                    ? new Outcome(Reason.NodeLost, "The Pod's node is gone" + why)
                    : new Outcome(Reason.Evicted, "The Pod was evicted" + why);
        });
    }

    private static Optional<Outcome> podFailure(PodView pod) {
        String reason = pod.podReason().orElse("");
        String message = pod.podMessage().map(m -> ": " + m).orElse("");
        return switch (reason) {
            case "Evicted", "Preempting", "Terminated" ->
                Optional.of(new Outcome(Reason.Evicted, "The node evicted the Pod" + message));
            case "NodeLost", "NodeShutdown" ->
                Optional.of(new Outcome(Reason.NodeLost, "The Pod's node is gone" + message));
            case "" -> Optional.empty();
            case "DeadlineExceeded" ->
                Optional.of(new Outcome(
                        Reason.DeadlineExceeded,
                        "The Pod ran longer than a deadline that somebody other than the job gave it" + message));
            default ->
                Optional.of(new Outcome(Reason.PodRejected, "The node refused the Pod (" + reason + ")" + message));
        };
    }

    /** A Pod that was given up before its agent ran: the status still says what it was waiting for. */
    private static Optional<Outcome> neverStarted(View view, Attempt attempt, PodView pod) {
        if (pod.agentStarted() || attempt.startTime() != null) {
            return Optional.empty();
        }
        Optional<ContainerStateTerminated> workspace = pod.workspaceFailure();
        if (workspace.isPresent()) {
            String said =
                    Objects.requireNonNullElse(workspace.get().getMessage(), "").strip();
            return Optional.of(new Outcome(
                    Reason.WorkspaceFailed,
                    "The repository of workspace.git could not be checked out"
                            + (said.isEmpty() ? "." : ": " + said.replaceAll("\\s+", " "))));
        }
        // A container that never was is ContainerStatusUnknown once its Pod is over: that says nothing.
        Optional<ContainerStateTerminated> agent =
                pod.agentEnd().filter(e -> !"ContainerStatusUnknown".equals(e.getReason()));
        if (agent.isPresent() && agent.get().getMessage() != null) {
            return Optional.of(new Outcome(
                    Reason.PodRejected,
                    "The agent's container could not start: " + agent.get().getMessage()));
        }
        ClaudeJobStatus status = view.status();
        if (status != null && Blocker.keptFromStarting(status)) {
            return Optional.of(new Outcome(
                    Reason.valueOf(Objects.requireNonNull(status.reason())),
                    Objects.requireNonNullElse(status.message(), "")));
        }
        return Optional.of(new Outcome(
                Reason.PodLost, "The Pod " + attempt.podName() + " was deleted by someone before the agent started."));
    }

    private static Optional<Outcome> containerFailure(PodView pod) {
        boolean helper = pod.helperEnd()
                .filter(e -> "OOMKilled".equals(e.getReason()) && e.getMessage() == null)
                .isPresent();
        if (helper) {
            return Optional.of(new Outcome(
                    Reason.OutOfMemory,
                    "The helper ran out of memory, and could not tell how the agent did. Raise"
                            + " config.helper.resources.limits.memory of the install."));
        }
        return pod.agentEnd()
                .filter(e -> "OOMKilled".equals(e.getReason())
                        && !Integer.valueOf(0).equals(e.getExitCode())
                        && !pod.summary().hasResult())
                .map(e -> new Outcome(
                        Reason.OutOfMemory,
                        "The agent's container ran out of memory. Raise template.resources.limits.memory."));
    }

    /** An agent that is interrupted may still write a result, which then says only that it was interrupted. */
    private static Optional<Outcome> deleted(PodView pod) {
        boolean interrupted = pod.agentEnd()
                .map(e -> Integer.valueOf(INTERRUPTED).equals(e.getExitCode()))
                .orElse(false);
        return pod.deleting() && (interrupted || !pod.summary().hasResult())
                ? Optional.of(new Outcome(
                        Reason.PodLost,
                        "The Pod " + pod.name() + " was deleted by someone while the agent was running."))
                : Optional.empty();
    }
}
