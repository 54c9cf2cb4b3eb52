package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What visibly keeps a Pod from going on.
 *
 * @param reason why
 * @param message what a person should do
 * @param hopeless whether waiting can't help any more
 */
record Blocker(Reason reason, String message, boolean hopeless) {
    /** Conditions that come and go in a normal start are not worth a word before this. */
    static final Duration NOTICE = Duration.ofSeconds(3);

    /** A helper on a busy node is not quick; one that has not answered for this long hangs. */
    static final Duration SILENCE = Duration.ofSeconds(10);

    private static final List<String> IMAGE_WRONG = List.of("InvalidImageName", "ErrImageNeverPull");
    private static final List<String> IMAGE_PULL =
            List.of("ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable");
    private static final List<String> CONFIG = List.of("CreateContainerConfigError");
    private static final List<String> CREATE = List.of("CreateContainerError", "RunContainerError", "CrashLoopBackOff");

    private static final Pattern BACK_OFF = Pattern.compile("(?s)^Back-off pulling image \".*\": ErrImagePull: ");

    /** True when a new credential would help. */
    boolean credential() {
        return reason == Reason.CredentialMissing || reason == Reason.AuthFailed;
    }

    static Optional<Blocker> of(View view, PodView pod, Attempt attempt, DecideSettings settings) {
        return image(view, pod, settings)
                .or(() -> config(pod, attempt))
                .or(() -> create(pod))
                .or(() -> unschedulable(view, pod))
                .or(() -> view.job().getSpec().delivery() == CredentialDelivery.Helper
                        ? credential(view, pod, attempt)
                        : Optional.empty());
    }

    /** A node whose kubelet no longer says anything: what runs there may run on, or not. */
    static Blocker nodeSilent(PodView pod) {
        return new Blocker(
                Reason.NodeLost,
                "The Pod's node " + pod.pod().getSpec().getNodeName()
                        + " does not answer. The job goes on if it comes back; if it never will, delete the Node.",
                false);
    }

    private static Optional<Blocker> image(View view, PodView pod, DecideSettings settings) {
        Optional<ContainerStateWaiting> wrong = pod.waiting(IMAGE_WRONG);
        if (wrong.isPresent()) {
            return wrong.map(w -> new Blocker(
                    Reason.ImagePull, "The image can't be used: " + text(w) + ". Correct template.image.", true));
        }
        boolean late = pod.acknowledged()
                .map(t -> t.plus(settings.imagePullTimeout()).isBefore(view.now()))
                .orElse(false);
        return pod.waiting(IMAGE_PULL)
                .map(w -> new Blocker(
                        Reason.ImagePull,
                        "The image can't be pulled: " + text(w)
                                + ". Check its name, and template.imagePullSecrets for a private registry.",
                        late));
    }

    private static Optional<Blocker> config(PodView pod, Attempt attempt) {
        return pod.waiting(CONFIG).map(w -> {
            return namesCredential(text(w), attempt)
                    ? new Blocker(
                            Reason.CredentialMissing,
                            "The credential " + attempt.credential() + " is not there yet: " + text(w)
                                    + ". The job goes on when it is.",
                            false)
                    : new Blocker(
                            Reason.PodRejected,
                            "The node can't start the agent's container: " + text(w)
                                    + ". It goes on when that is there.",
                            false);
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

    private static Optional<Blocker> create(PodView pod) {
        return pod.waiting(CREATE)
                .map(w -> new Blocker(Reason.PodRejected, "The node can't start a container: " + text(w) + ".", false));
    }

    private static Optional<Blocker> unschedulable(View view, PodView pod) {
        return pod.unschedulable()
                .filter(c -> old(view, c))
                .map(c -> new Blocker(
                        Reason.Unschedulable,
                        "No node takes the Pod: " + c.getMessage() + ". It goes on when one does.",
                        false));
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
                    false));
        }
        return Optional.of(
                pod.agentLetStart()
                        ? new Blocker(
                                Reason.AuthFailed,
                                "The API refuses the credential " + attempt.credential()
                                        + ", or it is gone. Requests are held until the Secret changes.",
                                false)
                        : new Blocker(
                                Reason.CredentialMissing,
                                "The credential " + attempt.credential()
                                        + " is not there yet. Create the Secret with that key; the job goes on when it is there.",
                                false));
    }

    private static boolean old(View view, PodCondition condition) {
        String since = condition.getLastTransitionTime();
        return since == null || Instant.parse(since).plus(NOTICE).isBefore(view.now());
    }

    /** A kubelet says in turn that a pull failed, and that it pauses because of that: to people both are the same. */
    private static String text(ContainerStateWaiting waiting) {
        String message = waiting.getMessage();
        return message == null || message.isBlank()
                ? waiting.getReason()
                : BACK_OFF.matcher(message).replaceFirst("").strip();
    }
}
