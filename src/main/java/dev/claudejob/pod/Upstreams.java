package dev.claudejob.pod;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the install lets credentials be sent.
 *
 * @param byName base URLs; a job can choose among the names, never a URL
 */
public record Upstreams(Map<String, String> byName) {
    /** The name of the upstream of oauthToken and apiKey. */
    public static final String ANTHROPIC = "anthropic";

    /** The vendor's API: Claude Code needs no base URL for it. */
    public static final String VENDOR_API = "https://api.anthropic.com";

    /** What is allowed when the install says nothing. */
    public static final Upstreams DEFAULT = new Upstreams(Map.of(ANTHROPIC, VENDOR_API));

    public Upstreams {
        // In the order of names, so that messages that list them are the same each time.
        byName = Collections.unmodifiableMap(new TreeMap<>(byName));
    }

    /** The URL of that name, if the install allows it. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
