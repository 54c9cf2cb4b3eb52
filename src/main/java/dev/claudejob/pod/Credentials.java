package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.Credential;
import dev.claudejob.api.v1alpha1.CredentialDelivery;
import dev.claudejob.api.v1alpha1.KeyRef;
import dev.claudejob.credential.CredentialKind;
import java.util.List;

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
     * @param upstream the only URL that it may be sent to
     */
    public record Use(CredentialKind kind, KeyRef secret, String upstream) {
        /** Its name in status and logs: {@code <secret>/<key>}. */
        public String name() {
            return secret.name() + "/" + secret.key();
        }
    }

    /** Reads the job's credentials. A job whose credential has no kind is refused by the CRD. */
    public static Credentials of(ClaudeJobSpec spec, String upstream) {
        return new Credentials(
                spec.delivery(),
                spec.credentials().stream().map(c -> use(c, upstream)).toList());
    }

    private static Use use(Credential credential, String upstream) {
        if (credential.oauthToken() != null) {
            return new Use(CredentialKind.OAUTH_TOKEN, credential.oauthToken().secretKeyRef(), upstream);
        }
        if (credential.apiKey() != null) {
            return new Use(CredentialKind.API_KEY, credential.apiKey().secretKeyRef(), upstream);
        }
        throw new IllegalArgumentException("a credential must set oauthToken or apiKey");
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
