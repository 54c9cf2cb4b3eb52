package dev.claudejob.helper;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the install lets Pods out, as the operator set it.
 *
 * @param proxy through which https upstreams are reached by CONNECT; null: directly. Plain http always goes directly: through a
 *     proxy the credential would pass it in the clear.
 * @param noProxy what is reached directly all the same
 * @param caFile PEM certificates that are trusted besides the runtime's own; null: none
 */
record Egress(
        @Nullable UpstreamAddress proxy,
        NoProxy noProxy,
        @Nullable Path caFile) {
    static final Egress DIRECT = new Egress(null, NoProxy.of(""), null);

    /** Reads {@code CLAUDEJOB_HTTPS_PROXY}, {@code CLAUDEJOB_NO_PROXY} and {@code CLAUDEJOB_CA_FILE}; empty is as good as absent. */
    static Egress of(Map<String, String> environment) {
        String proxy = environment.getOrDefault("CLAUDEJOB_HTTPS_PROXY", "");
        String caFile = environment.getOrDefault("CLAUDEJOB_CA_FILE", "");
        return new Egress(
                proxy.isEmpty() ? null : proxy(proxy),
                NoProxy.of(environment.getOrDefault("CLAUDEJOB_NO_PROXY", "")),
                caFile.isEmpty() ? null : Path.of(caFile));
    }

    private static UpstreamAddress proxy(String url) {
        UpstreamAddress address = UpstreamAddress.of(url);
        if (address.tls() || !address.prefix().isEmpty()) {
            throw new IllegalArgumentException("CLAUDEJOB_HTTPS_PROXY must be http://host:port");
        }
        return address;
    }

    /** The proxy for an upstream, or null when it is reached directly. */
    @Nullable
    UpstreamAddress proxyFor(UpstreamAddress upstream) {
        return upstream.tls() && proxy != null && !noProxy.covers(upstream) ? proxy : null;
    }
}
