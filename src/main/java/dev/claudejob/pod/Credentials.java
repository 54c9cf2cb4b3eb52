package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.api.v1alpha1.WorkloadIdentityCredential;
import dev.claudejob.credential.Billing;
import dev.claudejob.credential.CredentialKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of a job as its Pod needs them.
 *
 * @param delivery how they reach Claude Code
 * @param ordered in the job's order of preference
 */
public record Credentials(CredentialDelivery delivery, List<Use> ordered) {
    /**
     * One credential.
     *
     * @param name its name in status and logs: {@code <secret>/<key>}, or what stands for a credential that is in no Secret
     * @param held what the helper may hold; null for what only Claude Code itself can use
     * @param upstream the only URL that it may be sent to
     * @param ownUpstream whether Claude Code goes there by itself, with no base URL
     * @param variables the agent's environment in either delivery, that says which service it is
     * @param secretVariables the agent's environment under Env delivery, from Secrets
     * @param federation what the helper exchanges the Pod's own token by; null for what is in a Secret
     * @param keyFile what the agent has as {@link #KEY_FILE} under Env delivery; null when the kind has no file
     */
    public record Use(
            CredentialKind kind,
            String name,
            @Nullable KeyRef held,
            String upstream,
            boolean ownUpstream,
            Map<String, String> variables,
            Map<String, KeyRef> secretVariables,
            @Nullable WorkloadIdentityCredential federation,
            @Nullable KeyRef keyFile) {
        /** The folder in which the agent finds a credential that is a file. */
        static final String KEY_DIR = "/claudejob-key";

        static final String KEY_NAME = "key.json";
        static final String KEY_FILE = KEY_DIR + "/" + KEY_NAME;

        /**
         * False for the one kind whose credential Claude Code 2.1.330 does not find when it is told that its host manages the service: a
         * role in AWS that the cluster gives the Pod.
         */
        boolean managedByHost() {
            return kind != CredentialKind.BEDROCK || !secretVariables.isEmpty();
        }

        /** True when no variable of a cloud's tools but these may be there; a Pod's identity comes in variables that the cluster adds. */
        boolean fixesCloud() {
            return kind.billing() == Billing.CLOUD && !(secretVariables.isEmpty() && keyFile == null);
        }
    }

    /**
     * Reads the credentials of a job, but for references to ClaudeCredentials of which nothing is known.
     *
     * @throws IllegalArgumentException when one names an upstream that the install does not allow, which is checked before
     */
    public static Credentials of(ClaudeJobSpec spec, Upstreams upstreams) {
        return of(spec, upstreams, List.of());
    }

    /** The names and kinds of the job's credentials, in its order; empty for a ClaudeCredential of which nothing is known. */
    public static List<Optional<Use>> named(ClaudeJobSpec spec) {
        return spec.credentials().stream()
                .map(c -> c.unresolved() ? Optional.<Use>empty() : Optional.of(whatever(c)))
                .toList();
    }

    /** The one at this position; empty when there is none, or nothing is known of it. */
    public static Optional<Use> named(ClaudeJobSpec spec, int position) {
        List<Optional<Use>> all = named(spec);
        return position >= 0 && position < all.size() ? all.get(position) : Optional.empty();
    }

    /**
     * Those at these positions, in this order; all of them when none of the positions exists, which is so when somebody has written over a
     * Pod's annotation.
     */
    public static Credentials of(ClaudeJobSpec spec, Upstreams upstreams, List<Integer> positions) {
        List<Credential> all = spec.credentials();
        List<Credential> chosen = positions.stream()
                .filter(i -> i >= 0 && i < all.size())
                .map(all::get)
                .filter(c -> !c.unresolved())
                .toList();
        Uses uses = new Uses(upstreams);
        List<Use> ordered = (chosen.isEmpty() ? all.stream().filter(c -> !c.unresolved()) : chosen.stream())
                .map(uses::of)
                .toList();
        if (ordered.isEmpty()) {
            throw new IllegalArgumentException("no credential of the job is known");
        }
        return new Credentials(spec.delivery(), ordered);
    }

    /** What a credential is, whatever upstreams the install allows by now. */
    public static Use whatever(Credential credential) {
        String gateway = credential.authToken() == null
                ? Upstreams.ANTHROPIC
                : credential.authToken().upstream();
        return new Uses(new Upstreams(Map.of(gateway, Upstreams.VENDOR_API))).of(credential);
    }

    /**
     * Of these positions those that one Pod uses, in order: the first and, when the helper holds it, what follows it as long as the same requests
     * can be sent with it. For what comes after that Claude Code needs another environment: it is for the next attempt.
     *
     * @param positions all when none of them exists
     */
    static List<Integer> together(ClaudeJobSpec spec, List<Integer> positions) {
        List<Credential> all = spec.credentials();
        List<Integer> known = IntStream.range(0, all.size())
                .filter(i -> !all.get(i).unresolved())
                .boxed()
                .toList();
        List<Integer> there =
                positions.stream().filter(known::contains).distinct().toList();
        List<Integer> wanted = there.isEmpty() ? known : there;
        if (wanted.isEmpty()) {
            return List.of();
        }
        boolean alone = spec.delivery() != CredentialDelivery.Helper
                || !whatever(all.get(wanted.getFirst())).kind().vendorApi();
        return alone
                ? List.of(wanted.getFirst())
                : wanted.stream()
                        .takeWhile(i -> whatever(all.get(i)).kind().vendorApi())
                        .toList();
    }

    /** The one that an attempt begins with. */
    public Use first() {
        return ordered.getFirst();
    }

    /** True when the helper holds them. */
    public boolean byHelper() {
        return delivery == CredentialDelivery.Helper;
    }
}
