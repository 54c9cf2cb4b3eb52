package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.Stuck;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.PodNames;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A small model of what the operator works against: an apiserver that compares resource versions, a scheduler that heeds gates, and a
 * kubelet. It keeps a ledger, and finds fault at the moment when a rule is broken.
 */
final class SimulatedCluster {
    /** The apiserver says no: a newer version, another uid, or nothing there. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    private final Random random;
    private final Map<String, PodStory> pods = new LinkedHashMap<>();
    private final boolean imageMissing;
    private final boolean agentSucceeds;
    private final boolean labelsAreAtRisk;
    private ClaudeJob job;
    private long second;
    private long version = 10;
    private int uids;

    /** What happened, in words. */
    final List<String> log = new ArrayList<>();

    /** The uids of the Pods whose agent ran, in order. */
    final List<String> starts = new ArrayList<>();

    /** How often a Pod came into or fell out of what a watch with our selector shows. A watch tells each, even if the next undoes it. */
    int selections;

    int statusWrites;
    int podWrites;

    SimulatedCluster(Random random, String spec) {
        this.random = random;
        this.job = Jobs.job(spec);
        this.imageMissing = random.nextInt(8) == 0;
        this.agentSucceeds = random.nextInt(4) != 0;
        this.labelsAreAtRisk = random.nextBoolean();
    }

    Instant now() {
        return Jobs.CREATED.plusSeconds(second);
    }

    void passSeconds(long seconds) {
        second += seconds;
    }

    void say(String words) {
        log.add(second + " " + words);
    }

    ClaudeJob job() {
        return job;
    }

    List<Pod> pods() {
        return pods.values().stream().map(PodStory::pod).toList();
    }

    /** What a watch with our label selector shows. */
    List<Pod> selectedPods() {
        return pods().stream().filter(p -> new PodView(p).selected()).toList();
    }

    Optional<Pod> pod(String name) {
        return Optional.ofNullable(pods.get(name)).map(PodStory::pod);
    }

    // ---- the apiserver

    ClaudeJob updateStatus(ClaudeJob read, ClaudeJobStatus status) throws RefusedException {
        if (!read.getMetadata().getResourceVersion().equals(job.getMetadata().getResourceVersion())) {
            throw new RefusedException("conflict");
        }
        ClaudeJobStatus before = job.getStatus();
        checkForward(before == null ? null : before.phase(), Objects.requireNonNull(status.phase()));
        statusWrites++;
        say("status " + status.phase() + " " + status.reason());
        job = Jobs.changed(Jobs.with(job, status), m -> m.withResourceVersion(next()));
        return job;
    }

    private static void checkForward(@Nullable Phase before, Phase now) {
        if (before != null && before.finished() && now != before) {
            throw new AssertionError("a finished job went from " + before + " to " + now);
        }
        if (now == Phase.Starting && before == Phase.Running) {
            throw new AssertionError("a running job started again");
        }
    }

    Pod create(Pod wanted) throws RefusedException {
        String name = wanted.getMetadata().getName();
        if (pods.containsKey(name)) {
            throw new RefusedException("already exists");
        }
        podWrites++;
        say("created " + name);
        pods.put(name, PodStory.of(wanted, "uid-" + ++uids, now()));
        return touch(name, UnaryOperator.identity());
    }

    Pod openGate(PodView read) throws RefusedException {
        PodStory pod = current(read);
        if (!pod.view().gated()) {
            throw new RefusedException("no such gate");
        }
        ClaudeJobStatus status = job.getStatus();
        boolean onRecord = status != null
                && status.attempts() != null
                && status.attempts().stream().anyMatch(a -> a.podUID().equals(read.uid()));
        if (!onRecord) {
            throw new AssertionError("the gate of " + read.uid() + " was opened, and it is not on record");
        }
        String prompt = read.pod().getMetadata().getAnnotations().get(PodNames.PROMPT_ANNOTATION);
        if (!prompt.equals(job.getSpec().prompt())) {
            throw new AssertionError("the job says '" + job.getSpec().prompt() + "' and its Pod '" + prompt + "'");
        }
        podWrites++;
        say("gate opened");
        return touch(read.name(), PodStory::ungated);
    }

    Pod release(PodView read) throws RefusedException {
        if (!current(read).view().held()) {
            throw new RefusedException("no such finalizer");
        }
        podWrites++;
        say("released");
        Pod released = touch(read.name(), PodStory::released);
        collect();
        return released;
    }

    Pod stop(PodView read) throws RefusedException {
        Instant since = read.acknowledged().orElse(read.created());
        long age = Math.max(1, now().getEpochSecond() - since.getEpochSecond());
        current(read);
        podWrites++;
        say("told to stop");
        return touch(read.name(), p -> p.stopped(age));
    }

    Pod nudge(PodView read) throws RefusedException {
        current(read);
        return touch(
                read.name(),
                p -> p.annotated(PodNames.NUDGE_ANNOTATION, read.nudges().next(now())));
    }

    Pod reclaim(PodView read) throws RefusedException {
        current(read);
        say("reclaimed");
        Pod wanted = new PodBuilder(PodStory.SETTINGS)
                .build(job, read.attempt() == 0 ? 1 : read.attempt(), read.credentials());
        return touch(
                read.name(),
                p -> p.metadata(m -> m.addToLabels(wanted.getMetadata().getLabels())
                        .withOwnerReferences(wanted.getMetadata().getOwnerReferences())));
    }

    void delete(PodView read) throws RefusedException {
        PodStory pod = current(read);
        if (!pod.pod()
                .getMetadata()
                .getResourceVersion()
                .equals(read.pod().getMetadata().getResourceVersion())) {
            throw new RefusedException("conflict");
        }
        podWrites++;
        markDeleted(read.name());
    }

    private void markDeleted(String name) {
        say("deleted " + name);
        touch(name, p -> p.view().deleting() ? p : p.deleted(now()));
        collect();
    }

    private PodStory current(PodView read) throws RefusedException {
        PodStory pod = pods.get(read.name());
        if (pod == null || !pod.view().uid().equals(read.uid())) {
            throw new RefusedException("not found");
        }
        return pod;
    }

    private Pod touch(String name, UnaryOperator<PodStory> change) {
        PodStory before = pods.get(name);
        PodStory changed = change.apply(before).metadata(m -> m.withResourceVersion(next()));
        selections += before.view().selected() == changed.view().selected() ? 0 : 1;
        pods.put(name, changed);
        return changed.pod();
    }

    private String next() {
        return Long.toString(++version);
    }

    /** Removes what was deleted and is held by neither a finalizer nor a kubelet. */
    private void collect() {
        pods.values()
                .removeIf(p -> p.view().deleting()
                        && p.pod().getMetadata().getFinalizers().isEmpty()
                        && (p.pod().getSpec().getNodeName() == null || p.view().phaseTerminal()));
    }

    // ---- scheduler and kubelet

    /** One step of one Pod's life, if any is due. */
    boolean nodeMoves() {
        for (String name : List.copyOf(pods.keySet())) {
            if (moves(name, pods.get(name))) {
                collect();
                return true;
            }
        }
        return false;
    }

    private boolean moves(String name, PodStory pod) {
        PodView view = pod.view();
        if (view.gated() || view.phaseTerminal()) {
            return false;
        }
        boolean onNode = pod.pod().getSpec().getNodeName() != null;
        if (!onNode) {
            return !view.deleting() && become(name, "scheduled", p -> p.onNode(now()));
        }
        if (view.agentEnd().isPresent()) {
            return view.helperEnded()
                    ? become(name, "Pod over", p -> p.phase("Failed"))
                    : become(name, "helper ended", p -> p.helperEnded(summary(p), now()));
        }
        if (view.deleting() || view.stopRequested()) {
            return become(
                    name,
                    "killed",
                    p -> p.agentEnded(143, now())
                            .helperEnded(PodStory.NOTHING, now())
                            .phase("Failed"));
        }
        if (view.agentRunningSince().isEmpty()) {
            return imageMissing
                    ? Stuck.beforeTheAgent(view, List.of("ErrImagePull")).isEmpty()
                            && become(name, "no image", p -> p.waiting("claude", "ErrImagePull", "not found"))
                    : starts(name, view);
        }
        return view.helperReady() && random.nextInt(3) > 0
                ? become(name, "agent ended", p -> p.agentEnded(agentSucceeds ? 0 : 1, now()))
                : become(name, "ready " + !view.helperReady(), p -> p.ready(!view.helperReady(), now()));
    }

    private boolean starts(String name, PodView view) {
        if (starts.contains(view.uid())) {
            throw new AssertionError("an agent was started twice in one Pod");
        }
        starts.add(view.uid());
        return become(name, "agent started", p -> p.agentRunning(now()));
    }

    private static String summary(PodStory pod) {
        Integer exitCode = pod.view().agentEnd().orElseThrow().getExitCode();
        return exitCode == 0 ? PodStory.GOOD : PodStory.NOTHING;
    }

    private boolean become(String name, String what, UnaryOperator<PodStory> change) {
        say(what);
        touch(name, change);
        return true;
    }

    // ---- people

    void cancel() {
        if (!job.getSpec().cancelRequested()) {
            say("cancelled by the user");
            update(job.getSpec().prompt(), true);
        }
    }

    /** Only before an attempt is on record: later the apiserver refuses it. */
    void somebodyEditsThePrompt() {
        ClaudeJobStatus status = job.getStatus();
        if (status == null || status.attempts() == null) {
            say("prompt changed by the user");
            update("Say " + version + ".", job.getSpec().cancelRequested());
        }
    }

    private void update(String prompt, boolean cancelled) {
        String spec = "prompt: " + prompt + (cancelled ? "\ncancel: true" : "");
        job = Jobs.changed(Jobs.updated(job, spec), m -> m.withResourceVersion(next()));
    }

    void somebodyDeletesAPod() {
        anyPod().ifPresent(this::markDeleted);
    }

    void somebodyRemovesAFinalizer() {
        anyPod().ifPresent(name -> change(name, "finalizer removed by somebody", m -> m.withFinalizers()));
    }

    /** Its label or its owner, the same in one story: without both, no one could tell whose it was. */
    void somebodyRemovesWhatWeKnowAPodBy() {
        anyPod().ifPresent(name -> {
            if (labelsAreAtRisk) {
                change(name, "label removed by somebody", m -> m.removeFromLabels(PodNames.MANAGED_BY_LABEL));
            } else {
                change(name, "owner removed by somebody", m -> m.withOwnerReferences());
            }
        });
    }

    private void change(String name, String what, Consumer<ObjectMetaBuilder> change) {
        say(what);
        touch(name, p -> p.metadata(change));
        collect();
    }

    private Optional<String> anyPod() {
        return pods.keySet().stream().findFirst();
    }
}
