package dev.claudejob.decide.model;

import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.PodNames;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that tells two Pods apart in the model. A version of a Pod is its facts: an older version with the same facts may be taken for the
 * newer one, which lets more happen than can.
 *
 * @param life which of the jobs of that name it was made for, by uid: 1, or 2 once it was created again
 * @param attempt of which attempt; its name too, as if the hashes of both jobs' uids collided
 * @param uid the how manieth Pod it is, from 0
 * @param generation of the job's spec that it was built from
 * @param prompt what it asks, see {@link JobFacts}
 * @param marks bits of {@link Mark}
 */
record PodFacts(int life, int attempt, int uid, long generation, int prompt, int marks, Agent agent) {
    enum Mark {
        GATED,
        /** Our finalizer is on it. */
        HELD,
        DELETING,
        /** It has the label by which the operator watches. */
        LABELLED,
        OWNED,
        ON_NODE,
        STOPPED,
        HELPER_ENDED,
        TERMINAL,
        EVICTED,
        /** Its node is gone after the agent's end: nothing more is heard of it. */
        HUNG
    }

    /** What {@link PodBuilder} made, as the apiserver would store it. */
    static PodFacts of(Pod made, JobFacts job, int uid) {
        PodView view = new PodView(made);
        PodFacts facts = new PodFacts(job.life(), view.attempt(), uid, job.generation(), job.prompt(), 0, Agent.NONE);
        facts = view.gated() ? facts.with(Mark.GATED) : facts;
        facts = view.held() ? facts.with(Mark.HELD) : facts;
        facts = view.selected() ? facts.with(Mark.LABELLED) : facts;
        return made.getMetadata().getOwnerReferences().isEmpty() ? facts : facts.with(Mark.OWNED);
    }

    boolean is(Mark mark) {
        return (marks & (1 << mark.ordinal())) != 0;
    }

    PodFacts with(Mark mark) {
        return new PodFacts(life, attempt, uid, generation, prompt, marks | (1 << mark.ordinal()), agent);
    }

    PodFacts without(Mark mark) {
        return new PodFacts(life, attempt, uid, generation, prompt, marks & ~(1 << mark.ordinal()), agent);
    }

    PodFacts with(Agent now) {
        return new PodFacts(life, attempt, uid, generation, prompt, marks, now);
    }

    /** True once no container of it can run any more, nor ever will. */
    boolean over() {
        return is(Mark.TERMINAL) || agent.ended() || (is(Mark.DELETING) && !is(Mark.ON_NODE));
    }

    /** The same as the apiserver would return it. */
    Pod object() {
        JobFacts job = new JobFacts(life, prompt, false, generation, null);
        PodStory pod = PodStory.of(
                new PodBuilder(PodStory.SETTINGS).build(job.object(""), attempt, List.of(0)),
                uidText(uid),
                JobFacts.START);
        pod = is(Mark.GATED) ? pod : pod.ungated();
        pod = is(Mark.HELD) ? pod : pod.released();
        pod = is(Mark.LABELLED) ? pod : pod.unlabelled(PodNames.MANAGED_BY_LABEL);
        pod = is(Mark.OWNED) ? pod : pod.metadata(m -> m.withOwnerReferences());
        pod = is(Mark.ON_NODE) ? pod.onNode(JobFacts.START) : pod;
        pod = agent == Agent.NONE ? pod : pod.running(JobFacts.START);
        pod = is(Mark.STOPPED) ? pod.stopped(1) : pod;
        if (agent.ended()) {
            pod = pod.agentEnded(agent.exitCode, JobFacts.START);
        }
        if (is(Mark.HELPER_ENDED)) {
            pod = pod.helperEnded(Objects.requireNonNull(agent.summary), JobFacts.START);
        }
        pod = is(Mark.TERMINAL) ? pod.phase("Failed") : pod;
        pod = is(Mark.EVICTED) ? pod.failed("Evicted", "The node was low on resource: memory.") : pod;
        return is(Mark.DELETING) ? pod.deleted(JobFacts.START).pod() : pod.pod();
    }

    // Written out because states are compared by the million.

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof PodFacts that
                        && marks == that.marks
                        && uid == that.uid
                        && agent == that.agent
                        && attempt == that.attempt
                        && life == that.life
                        && generation == that.generation
                        && prompt == that.prompt);
    }

    @Override
    public int hashCode() {
        return ((marks * 31 + uid) * 31 + agent.ordinal()) * 31 + (int) generation;
    }

    static String uidText(int uid) {
        return "uid-" + uid;
    }

    static int uid(String text) {
        return Integer.parseInt(text.substring("uid-".length()));
    }

    @Override
    public String toString() {
        StringBuilder words =
                new StringBuilder("Pod " + attempt + "#" + uid + (life == 1 ? "" : " of job " + life) + ":");
        for (Mark mark : Mark.values()) {
            words.append(is(mark) ? " " + mark : "");
        }
        return words.append(" agent ").append(agent).toString();
    }
}
