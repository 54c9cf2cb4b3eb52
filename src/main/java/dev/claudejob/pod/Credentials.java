package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.credential.CredentialKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
            @Nullable KeyRef keyFile) {
        /** The folder in which the agent finds a credential that is a file. */
        static final String KEY_DIR = "/claudejob-key";

        static final String KEY_NAME = "key.json";
        static final String KEY_FILE = KEY_DIR + "/" + KEY_NAME;
    }

    /**
     * Reads the job's credentials. A job whose credential has no kind is refused by the CRD.
     *
     * @throws IllegalArgumentException when it names an upstream that the install does not allow, which is checked before
     */
    public static Credentials of(ClaudeJobSpec spec, Upstreams upstreams) {
        Uses uses = new Uses(upstreams);
        return new Credentials(
                spec.delivery(), spec.credentials().stream().map(uses::of).toList());
    }

    /** The names and kinds of the job's credentials, in its order, whatever upstreams the install allows by now. */
    public static List<Use> named(ClaudeJobSpec spec) {
        Map<String, String> all = new LinkedHashMap<>(Upstreams.DEFAULT.byName());
        spec.credentials().stream()
                .map(Credential::authToken)
                .filter(Objects::nonNull)
                .forEach(gateway -> all.put(gateway.upstream(), Upstreams.VENDOR_API));
        return of(spec, new Upstreams(all)).ordered();
    }

    /**
     * Those at these positions, in this order; all of them when none of the positions exists, which is so when somebody has written over a
     * Pod's annotation.
     */
    public Credentials only(List<Integer> positions) {
        List<Use> chosen = positions.stream()
                .filter(i -> i >= 0 && i < ordered.size())
                .map(ordered::get)
                .toList();
        return chosen.isEmpty() ? this : new Credentials(delivery, chosen);
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
