package dev.claudejob.decide;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.Cooldown;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialRef;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Outcome;
import dev.claudejob.observe.View;
import dev.claudejob.standing.Standing;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a job's credential, in its order of preference. One whose usage limit is reached, or which the API refuses, is passed over for the
 * next; one that is not there, or that is in full use, is waited for: the next one may be billed.
 */
final class Choices {
    private Choices() {}

    static Choice of(View view) {
        if (!view.book().known()) {
            return new Choice.Unknown();
        }
        List<Integer> usable = Cooldowns.usable(view);
        List<Cooldown> left = Cooldowns.inForce(view);
        List<Credential> listed = view.job().getSpec().credentials();
        Choice.Wait passed = null;
        for (int i = 0; i < listed.size(); i++) {
            CredentialRef shared = listed.get(i).credentialRef();
            if (shared == null) {
                if (usable.contains(i)) {
                    return new Choice.Take(ownFrom(i, usable, listed));
                }
                passed = sooner(passed, again(view, i, left));
                continue;
            }
            String name = shared.name();
            Optional<Standing> found = view.book().of(name);
            if (found.isEmpty()) {
                return new Choice.Wait(
                        Reason.CredentialMissing,
                        "The ClaudeCredential " + name + " does not exist. The job starts when it does.",
                        null);
            }
            if (!usable.contains(i)) {
                passed = sooner(passed, again(view, i, left));
                continue;
            }
            Standing standing = found.get();
            if (standing.slot()) {
                return new Choice.Take(List.of(i));
            }
            Choice.Wait wait = waiting(view, name, standing);
            if (!passedOver(view, standing)) {
                return wait;
            }
            passed = sooner(passed, wait);
        }
        return passed == null ? new Choice.None(exhausted(left)) : passed;
    }

    /** When the job itself uses a credential again that it has left; null when it does not. */
    private static Choice.@Nullable Wait again(View view, int position, List<Cooldown> left) {
        Cooldown cooldown = Cooldowns.of(view, position, left);
        if (cooldown == null || cooldown.until() == null) {
            return null;
        }
        String why = cooldown.reason().equals(Reason.UsageLimit.name())
                ? "The usage limit of the credential " + cooldown.credential() + " is reached."
                : "The credential " + cooldown.credential() + " failed (" + cooldown.reason() + ").";
        return new Choice.Wait(
                Reason.valueOf(cooldown.reason()),
                why + " The job goes on at " + cooldown.until() + ".",
                Instant.parse(cooldown.until()));
    }

    private static Outcome exhausted(List<Cooldown> left) {
        return new Outcome(
                Reason.valueOf(left.getLast().reason()),
                "The job has no credential left. It does not use again: "
                        + left.stream()
                                .map(c -> c.credential() + " (" + c.reason() + ")")
                                .collect(Collectors.joining(", "))
                        + ".");
    }

    /** Only a job's own credentials go into one Pod together: a shared one is counted by the attempt that begins with it. */
    private static List<Integer> ownFrom(int first, List<Integer> usable, List<Credential> listed) {
        return usable.stream()
                .filter(i -> i >= first && listed.get(i).credentialRef() == null)
                .toList();
    }

    private static boolean passedOver(View view, Standing standing) {
        return limit(view, standing) != null
                || (standing.trouble() != null && standing.trouble().passedOver());
    }

    private static @Nullable Instant limit(View view, Standing standing) {
        Instant over = standing.freeAgain(
                view.job().getMetadata().getUid(),
                view.recordedAttempt().map(Attempt::number).orElse(0));
        return over != null && view.now().isBefore(over) ? over : null;
    }

    private static Choice.Wait waiting(View view, String name, Standing standing) {
        Instant limit = limit(view, standing);
        if (limit != null) {
            return new Choice.Wait(
                    Reason.UsageLimit,
                    "The usage limit of ClaudeCredential " + name + " is reached. It resets at "
                            + standing.limitedUntil() + "; the job goes on at " + limit + ".",
                    limit);
        }
        Standing.Trouble trouble = standing.trouble();
        if (trouble == null) {
            return new Choice.Wait(
                    Reason.Queued,
                    "As many jobs as may use ClaudeCredential " + name + " at once do: " + standing.maxConcurrentJobs()
                            + ". Those that wait start in the order in which they were created.",
                    null);
        }
        String seeMore = " `kubectl describe claudecredential " + name + "` says more.";
        return switch (trouble.reason()) {
            case CredentialMissing ->
                new Choice.Wait(
                        Reason.CredentialMissing,
                        "The Secret of ClaudeCredential " + name
                                + " is not there. Another job waits for it, and this one goes on after it." + seeMore,
                        null);
            case CredentialExpired ->
                new Choice.Wait(
                        Reason.CredentialExpired,
                        "ClaudeCredential " + name + " has expired. " + triedAgain() + seeMore,
                        null);
            case BillingProblem ->
                new Choice.Wait(
                        Reason.BillingProblem,
                        "The account behind ClaudeCredential " + name + " can't pay. " + triedAgain() + seeMore,
                        null);
            default ->
                new Choice.Wait(
                        Reason.AuthFailed,
                        "The API refuses ClaudeCredential " + name + ". " + triedAgain() + seeMore,
                        null);
        };
    }

    private static String triedAgain() {
        return "One job at a time tries it again, every " + Standing.TRY_AGAIN.toMinutes() + " minutes.";
    }

    /** What is over first is worth telling; of two that nobody knows the end of, the preferred. */
    private static Choice.@Nullable Wait sooner(Choice.@Nullable Wait a, Choice.@Nullable Wait b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        boolean second = b.until() != null && (a.until() == null || b.until().isBefore(a.until()));
        return second ? b : a;
    }
}
