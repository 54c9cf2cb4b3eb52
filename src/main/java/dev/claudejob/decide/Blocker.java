package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.Stuck;
import dev.claudejob.observe.View;
import dev.claudejob.status.Statuses;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What visibly keeps a Pod from going on.
 *
 * @param reason why
 * @param message what a person should do
 * @param until when the Pod is given up; null where waiting may always help
 */
record Blocker(Reason reason, String message, @Nullable Instant until) {
    /** Conditions that come and go in a normal start are not worth a word before this. */
    static final Duration NOTICE = Duration.ofSeconds(3);

    /** A helper on a busy node is not quick; one that has not answered for this long hangs. */
    static final Duration SILENCE = Duration.ofSeconds(10);

    /** Between two nudges of a Pod that waits for a credential, at first. Whoever rotates a Secret waits for no longer than this. */
    private static final Duration NUDGE_PAUSE = Duration.ofSeconds(3);

    private static final int FREQUENT_NUDGES = 10;
    private static final int MAX_NUDGES = 18;

    private static final List<String> IMAGE_WRONG = List.of("InvalidImageName", "ErrImageNeverPull");
    private static final List<String> IMAGE_PULL =
            List.of("ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable");
    private static final List<String> CONFIG = List.of("CreateContainerConfigError");
    private static final String CRASHES = "CrashLoopBackOff";
    private static final List<String> CREATE = List.of("CreateContainerError", "RunContainerError", CRASHES);

    private static final String CANT_START = "The Pod's container ";

    private static final Pattern BACK_OFF = Pattern.compile("(?s)^Back-off pulling image \".*\": ErrImagePull: ");

    /** True when a new credential would help. */
    boolean credential() {
        return reason == Reason.CredentialMissing || reason == Reason.AuthFailed;
    }

    static Optional<Blocker> of(View view, PodView pod, Attempt attempt, DecideSettings settings) {
        Optional<Blocker> start = image(view, pod, settings)
                .or(() -> config(pod, attempt))
                .or(() -> create(pod, settings))
                .or(() -> unschedulable(view, pod));
        return start.isPresent() || view.job().getSpec().delivery() != CredentialDelivery.Helper
                ? start
                : helper(pod).or(() -> credential(view, pod, attempt));
    }

    /** True when status says that a container can't start: if its Pod is over, that is why. */
    static boolean keptFromStarting(ClaudeJobStatus status) {
        return Statuses.says(status, Phase.Waiting, Reason.ImagePull)
                || (Statuses.says(status, Phase.Waiting, Reason.PodRejected)
                        && Objects.requireNonNullElse(status.message(), "").startsWith(CANT_START));
    }

    /** A node whose kubelet no longer says anything: what runs there may run on, or not. */
    static Blocker nodeSilent(PodView pod) {
        return new Blocker(
                Reason.NodeLost,
                "The Pod's node " + pod.pod().getSpec().getNodeName()
                        + " does not answer. The job goes on if it comes back; if it never will, delete the Node.",
                null);
    }

    private static Optional<Blocker> image(View view, PodView pod, DecideSettings settings) {
        return Stuck.beforeTheAgent(pod, IMAGE_WRONG)
                .map(c -> new Blocker(
                        Reason.ImagePull,
                        "The image can't be used: " + text(c) + ". Correct template.image.",
                        view.now()))
                .or(() -> Stuck.beforeTheAgent(pod, IMAGE_PULL)
                        .map(c -> new Blocker(
                                Reason.ImagePull,
                                "The image can't be pulled: " + text(c)
                                        + ". Check its name, and template.imagePullSecrets for a private registry.",
                                patience(pod, settings))));
    }

    /** How long a start may fail. */
    private static @Nullable Instant patience(PodView pod, DecideSettings settings) {
        return pod.acknowledged()
                .map(t -> t.plus(settings.imagePullTimeout()).plusSeconds(1))
                .orElse(null);
    }

    private static Optional<Blocker> config(PodView pod, Attempt attempt) {
        return Stuck.beforeTheAgent(pod, CONFIG).map(c -> {
            return namesCredential(text(c), attempt)
                    ? new Blocker(
                            Reason.CredentialMissing,
                            "The credential " + attempt.credential() + " is not there yet: " + text(c)
                                    + ". The job goes on when it is.",
                            null)
                    : new Blocker(
                            Reason.PodRejected,
                            "The node can't start the container " + c.getName() + ": " + text(c)
                                    + ". It goes on when that is there.",
                            null);
        });
    }

    /** The kubelet says {@code secret "s" not found} or {@code couldn't find key k in Secret namespace/s}. */
    private static boolean namesCredential(String said, Attempt attempt) {
        String credential = attempt.credential();
        if (credential == null) {
            return false;
        }
        String secret = credential.split("/", 2)[0];
        return said.contains("secret \"" + secret + "\"")
                || Pattern.compile("Secret [^ /]+/" + Pattern.quote(secret) + "(?![-.a-z0-9])")
                        .matcher(said)
                        .find();
    }

    private static Optional<Blocker> create(PodView pod, DecideSettings settings) {
        return Stuck.beforeTheAgent(pod, CREATE)
                .map(c -> new Blocker(
                        Reason.PodRejected,
                        CANT_START + c.getName() + " can't start: " + text(c) + "." + seeLog(pod, c),
                        patience(pod, settings)));
    }

    private static String seeLog(PodView pod, ContainerStatus container) {
        return lastEnd(container)
                .map(e -> " `kubectl logs " + pod.name() + " -c " + container.getName() + "` says more.")
                .orElse("");
    }

    /** Its kubelet starts it again, whatever it takes. */
    private static Optional<Blocker> helper(PodView pod) {
        return Stuck.helper(pod)
                .map(c -> new Blocker(
                        Reason.HelperFailed,
                        "The helper can't start: " + text(c) + ". Its kubelet tries it again.",
                        null));
    }

    private static Optional<Blocker> unschedulable(View view, PodView pod) {
        return pod.unschedulable()
                .filter(c -> old(view, c))
                .map(c -> new Blocker(
                        Reason.Unschedulable,
                        "No node takes the Pod: " + c.getMessage() + ". It goes on when one does.",
                        null));
    }

    private static Optional<Blocker> credential(View view, PodView pod, Attempt attempt) {
        boolean held = !pod.helperReady()
                && pod.agentRunningSince()
                        .map(since -> since.plus(NOTICE).isBefore(view.now()))
                        .orElse(false)
                && pod.readySince()
                        .map(since -> since.plus(NOTICE).isBefore(view.now()))
                        .orElse(true);
        if (!held) {
            return Optional.empty();
        }
        String silence = view.known().delay();
        if (silence != null && !silence.isEmpty()) {
            boolean slow = pod.readySince()
                    .map(since -> since.plus(SILENCE).isAfter(view.now()))
                    .orElse(false);
            if (slow) {
                return Optional.empty();
            }
            return Optional.of(new Blocker(
                    Reason.HelperFailed,
                    "The helper does not answer (" + silence + "). Its kubelet starts it again within a minute.",
                    null));
        }
        return Optional.of(
                pod.agentLetStart()
                        ? new Blocker(
                                Reason.AuthFailed,
                                "The API refuses the credential " + attempt.credential()
                                        + ", or it is gone. Requests are held until the Secret changes.",
                                null)
                        : new Blocker(
                                Reason.CredentialMissing,
                                "The credential " + attempt.credential()
                                        + " is not there yet. Create the Secret with that key; the job goes on when it is there.",
                                null));
    }

    /** Often at first, while somebody is likely to be creating the Secret; then more and more seldom, and not for ever. */
    static Optional<Instant> nextNudge(PodView pod) {
        PodView.Nudges nudges = pod.nudges();
        if (nudges.count() >= MAX_NUDGES) {
            return Optional.empty();
        }
        int doublings = Math.max(0, nudges.count() - FREQUENT_NUDGES);
        return Optional.of(nudges.last().plus(NUDGE_PAUSE.multipliedBy(1L << doublings)));
    }

    private static boolean old(View view, PodCondition condition) {
        String since = condition.getLastTransitionTime();
        return since == null || Instant.parse(since).plus(NOTICE).isBefore(view.now());
    }

    /** A kubelet says in turn that a pull failed, and that it pauses because of that; and how long it pauses, each time: to people all are the same. */
    private static String text(ContainerStatus container) {
        ContainerStateWaiting waiting = Stuck.waiting(container).orElseThrow();
        Optional<ContainerStateTerminated> end =
                CRASHES.equals(waiting.getReason()) ? lastEnd(container) : Optional.empty();
        if (end.isPresent()) {
            String said = Objects.requireNonNullElse(end.get().getMessage(), "").strip();
            return "it ends again and again, last with exit code "
                    + end.get().getExitCode() + " (" + end.get().getReason() + ")"
                    + (said.isEmpty() ? "" : ": " + said.replaceAll("\\s+", " "));
        }
        String message = waiting.getMessage();
        return message == null || message.isBlank()
                ? waiting.getReason()
                : BACK_OFF.matcher(message).replaceFirst("").strip();
    }

    private static Optional<ContainerStateTerminated> lastEnd(ContainerStatus container) {
        return Optional.ofNullable(container.getLastState()).map(ContainerState::getTerminated);
    }
}
