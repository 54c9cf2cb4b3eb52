package dev.claudejob.pod;

import dev.claudejob.api.v1alpha1.AuthTokenCredential;
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

    /**
     * Reads the job's credentials. A job whose credential has no kind is refused by the CRD.
     *
     * @throws IllegalArgumentException when it names an upstream that the install does not allow, which is checked before
     */
    public static Credentials of(ClaudeJobSpec spec, Upstreams upstreams) {
        return new Credentials(
                spec.delivery(),
                spec.credentials().stream().map(c -> use(c, upstreams)).toList());
    }

    private static Use use(Credential credential, Upstreams upstreams) {
        if (credential.oauthToken() != null) {
            return new Use(
                    CredentialKind.OAUTH_TOKEN,
                    credential.oauthToken().secretKeyRef(),
                    url(upstreams, Upstreams.ANTHROPIC));
        }
        if (credential.apiKey() != null) {
            return new Use(
                    CredentialKind.API_KEY, credential.apiKey().secretKeyRef(), url(upstreams, Upstreams.ANTHROPIC));
        }
        AuthTokenCredential gateway = credential.authToken();
        if (gateway != null) {
            return new Use(CredentialKind.AUTH_TOKEN, gateway.secretKeyRef(), url(upstreams, gateway.upstream()));
        }
        throw new IllegalArgumentException("a credential must set a kind");
    }

    private static String url(Upstreams upstreams, String name) {
        return upstreams
                .find(name)
                .orElseThrow(() -> new IllegalArgumentException("the install allows no upstream " + name));
    }

    /** The one in use. Failover is not there yet. */
    public Use first() {
        return ordered.getFirst();
    }

    /** True when the helper holds them. */
    public boolean byHelper() {
        return delivery == CredentialDelivery.Helper;
    }
}
