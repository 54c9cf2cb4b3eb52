package dev.claudejob.runtime;

import dev.claudejob.pod.PodSettings.Egress;
import dev.claudejob.pod.PodSettings.TrustBundle;
import dev.claudejob.runtime.OperatorConfig.InvalidConfigException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks what the configuration says of proxy and authorities. A chart renders what is unset as an empty string. */
final class WaysOut {
    private static final String DEFAULT_KEY = "ca.crt";
    private static final Pattern PROXY = Pattern.compile("http://[A-Za-z0-9._-]+(:[0-9]{1,5})?/?");
    private static final Pattern DIRECT =
            Pattern.compile("\\*|[A-Za-z0-9*._-]+(:[0-9]{1,5})?|\\[?[0-9A-Fa-f:.]+]?(:[0-9]{1,5}|/[0-9]{1,3})?");

    private WaysOut() {}

    static Egress egress(@Nullable Egress given, String where) throws InvalidConfigException {
        String proxy = given == null || blank(given.httpsProxy()) ? null : given.httpsProxy();
        if (proxy != null && !PROXY.matcher(proxy).matches()) {
            // Not repeated: a password would stand in the log.
            throw new InvalidConfigException(
                    where + ": egress.httpsProxy must be http://host:port, without a user: every Pod would show it");
        }
        List<String> noProxy = given == null ? List.of() : Objects.requireNonNullElse(given.noProxy(), List.of());
        for (String entry : noProxy) {
            if (entry == null || !DIRECT.matcher(entry).matches()) {
                throw new InvalidConfigException(where
                        + ": egress.noProxy: each entry must be a host, a .domain, an address or a CIDR range, but one is "
                        + entry);
            }
        }
        return new Egress(proxy, List.copyOf(noProxy));
    }

    static @Nullable TrustBundle trustBundle(@Nullable TrustBundle given) {
        return given == null || blank(given.configMapName())
                ? null
                : new TrustBundle(given.configMapName(), blank(given.key()) ? DEFAULT_KEY : given.key());
    }

    private static boolean blank(@Nullable String s) {
        return s == null || s.isBlank();
    }
}
