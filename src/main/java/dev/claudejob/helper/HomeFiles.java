package dev.claudejob.helper;

import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Hands the agent what of a ~/.claude is no credential. It happens once, before the agent starts: a Secret that comes late is then there
 * as a whole.
 */
final class HomeFiles {
    /** The folder beside the go file from which the wrapper takes them. */
    static final String FOLDER = "home";

    private static final String SETTINGS = "settings.json";
    private static final List<String> NAMES = List.of(SETTINGS, "CLAUDE.md");
    private static final int MAX_BYTES = 256 * 1024;

    /** Settings of Claude Code 2.1.330 that make or choose a credential. */
    private static final Set<String> DROPPED = Set.of(
            "apiKeyHelper",
            "awsAuthRefresh",
            "awsCredentialExport",
            "gcpAuthRefresh",
            "forceLoginMethod",
            "forceLoginOrgUUID",
            "proxyAuthHelper");

    /** The names that a job's agent.env may not set, and the clouds' own. */
    private static final Pattern RESERVED = Pattern.compile(
            "_*(ANTHROPIC_.*|CLAUDE.*|USE_.*_OAUTH|DISABLE_.*|LD_.*|GIT_CONFIG_.*|BUN_.*|.*_PROXY|NODE_OPTIONS|NODE_EXTRA_CA_CERTS"
                    + "|NODE_TLS_REJECT_UNAUTHORIZED|PATH|HOME|TMPDIR|ENV|BASH_ENV|IFS"
                    + "|(AWS|AZURE|GOOGLE|GCLOUD|GCE|CLOUDSDK|CLOUD_ML|VERTEX)_.*)",
            Pattern.CASE_INSENSITIVE);

    private final Path from;
    private final Path to;
    private final Log log;

    /**
     * @param from where the Secret is mounted
     * @param to a folder that the agent can read and not write
     */
    HomeFiles(Path from, Path to, Log log) {
        this.from = from;
        this.to = to;
        this.log = log;
    }

    void handOver() throws IOException {
        for (String name : NAMES) {
            byte[] bytes;
            try {
                bytes = CredentialFile.bytes(from.resolve(name), MAX_BYTES + 1);
            } catch (NoSuchFileException e) {
                continue;
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            String fit = bytes.length > MAX_BYTES ? null : name.equals(SETTINGS) ? harmless(text) : text;
            if (fit == null) {
                log.say(name + " is left out: it is no JSON object, or longer than " + MAX_BYTES + " bytes");
                continue;
            }
            Files.createDirectories(to);
            Files.writeString(to.resolve(name), fit);
            log.say("the agent has the " + name + " of its home");
        }
    }

    /** The settings without what could choose another credential, service or URL; null when they are no object. */
    static @Nullable String harmless(String json) {
        try {
            Map<String, @Nullable Object> settings = Json.asObject(Json.parse(json));
            if (settings == null) {
                return null;
            }
            settings.keySet().removeAll(DROPPED);
            Map<String, @Nullable Object> env = Json.asObject(settings.get("env"));
            if (env != null) {
                env.keySet().removeIf(name -> RESERVED.matcher(name).matches());
            }
            return Json.write(settings);
        } catch (MalformedJsonException e) {
            return null;
        }
    }
}
