package dev.claudejob.runtime;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.decide.DecideSettings;
import dev.claudejob.pod.PodSettings;
import dev.claudejob.pod.Upstreams;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The operator's configuration: a YAML file that the chart renders. An unknown key, or a value that can't be right, is an error that says
 * what to change.
 *
 * @param upstreams where credentials may be sent, by name; {@code anthropic} is where oauthToken and apiKey go. A job can only choose among
 *     these.
 * @param watchNamespaces the namespaces whose jobs are run; empty means all
 * @param runner the agent's container
 * @param helper the sidecar
 * @param users numeric users and group
 * @param egress how Pods of jobs get out; default: directly
 * @param trustBundle authorities that Pods of jobs trust besides the public ones; default none
 * @param imagePullTimeoutSeconds an image that can't be pulled, or a container that can't start, for this long fails the job; default 300
 * @param resultFromLogs whether a long result is read from the helper's log; default true
 * @param workloadIdentity the ServiceAccount tokens that helpers exchange; default an hour, for the vendor's API
 * @param leaderElection whether several replicas elect a leader; default true
 */
public record OperatorConfig(
        Map<String, String> upstreams,
        Set<String> watchNamespaces,
        PodSettings.Runner runner,
        PodSettings.Helper helper,
        PodSettings.Users users,
        PodSettings.Egress egress,
        PodSettings.@Nullable TrustBundle trustBundle,
        int imagePullTimeoutSeconds,
        boolean resultFromLogs,
        PodSettings.WorkloadIdentity workloadIdentity,
        boolean leaderElection) {
    private static final List<String> PULL_POLICIES = List.of("Always", "IfNotPresent", "Never");
    private static final int DEFAULT_PULL_TIMEOUT = 300;

    /** The file is wrong; the message says where and what to change. */
    public static final class InvalidConfigException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidConfigException(String message) {
            super(message);
        }
    }

    /** What the file holds: everything but the images may be left out. */
    private record Raw(
            @Nullable Map<String, String> upstreams,
            @Nullable Set<String> watchNamespaces,
            PodSettings.@Nullable Runner runner,
            PodSettings.@Nullable Helper helper,
            PodSettings.@Nullable Users users,
            PodSettings.@Nullable Egress egress,
            PodSettings.@Nullable TrustBundle trustBundle,
            @Nullable Integer imagePullTimeoutSeconds,
            @Nullable Boolean resultFromLogs,
            PodSettings.@Nullable WorkloadIdentity workloadIdentity,
            @JsonProperty("leaderElection") @Nullable Boolean leaderElection) {}

    /** Reads and checks the file. */
    public static OperatorConfig read(Path file) throws IOException, InvalidConfigException {
        return parse(Files.readString(file), file.toString());
    }

    static OperatorConfig parse(String yaml, String where) throws InvalidConfigException {
        YAMLMapper mapper = YAMLMapper.builder(new YAMLFactory())
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .build();
        try {
            // An empty file has no document at all.
            Raw raw = yaml.isBlank() ? null : mapper.readValue(yaml, Raw.class);
            return checked(
                    raw == null ? new Raw(null, null, null, null, null, null, null, null, null, null, null) : raw,
                    where);
        } catch (UnrecognizedPropertyException e) {
            throw new InvalidConfigException(where + ": unknown key " + e.getPropertyName() + "; known here: "
                    + Objects.requireNonNullElse(e.getKnownPropertyIds(), List.of()));
        } catch (JsonMappingException e) {
            String key = e.getPath().stream()
                    .map(part -> Objects.requireNonNullElse(part.getFieldName(), "[" + part.getIndex() + "]"))
                    .collect(Collectors.joining("."));
            throw new InvalidConfigException(where + ": " + (key.isEmpty() ? "" : key + ": ") + e.getOriginalMessage());
        } catch (JsonProcessingException e) {
            throw new InvalidConfigException(where + ": " + e.getOriginalMessage());
        }
    }

    private static OperatorConfig checked(Raw raw, String where) throws InvalidConfigException {
        Map<String, String> upstreams = Objects.requireNonNullElse(raw.upstreams(), Upstreams.DEFAULT.byName());
        for (Map.Entry<String, String> upstream : upstreams.entrySet()) {
            checkUrl(where + ": upstreams." + upstream.getKey(), upstream.getValue());
        }
        if (!upstreams.containsKey(Upstreams.ANTHROPIC)) {
            throw new InvalidConfigException(where + ": upstreams must name " + Upstreams.ANTHROPIC + ", for example "
                    + Upstreams.VENDOR_API + ": API keys and OAuth tokens go there");
        }
        PodSettings.Users users = Objects.requireNonNullElse(raw.users(), new PodSettings.Users(1001, 1002, 1003));
        if (users.claude() <= 0 || users.helper() <= 0 || users.group() <= 0 || users.claude() == users.helper()) {
            throw new InvalidConfigException(where
                    + ": users.claude, users.helper and users.group must be above 0, and the first two different");
        }
        if (raw.runner() == null || blank(raw.runner().image())) {
            throw new InvalidConfigException(where + ": runner.image must name the image of the agent's container");
        }
        if (raw.helper() == null || blank(raw.helper().image())) {
            throw new InvalidConfigException(where + ": helper.image must name the operator's image");
        }
        checkPolicy(where + ": runner.imagePullPolicy", raw.runner().imagePullPolicy());
        checkPolicy(where + ": helper.imagePullPolicy", raw.helper().imagePullPolicy());
        if (raw.helper().holdSeconds() < 0) {
            throw new InvalidConfigException(where + ": helper.holdSeconds must be above 0");
        }
        if (raw.helper().failoverSeconds() < 0) {
            throw new InvalidConfigException(where + ": helper.failoverSeconds must be above 0");
        }
        if (raw.imagePullTimeoutSeconds() != null && raw.imagePullTimeoutSeconds() <= 0) {
            throw new InvalidConfigException(where + ": imagePullTimeoutSeconds must be above 0");
        }
        return new OperatorConfig(
                upstreams,
                Objects.requireNonNullElse(raw.watchNamespaces(), Set.of()),
                Defaults.runner(raw.runner()),
                Defaults.helper(raw.helper()),
                users,
                WaysOut.egress(raw.egress(), where),
                WaysOut.trustBundle(raw.trustBundle()),
                Objects.requireNonNullElse(raw.imagePullTimeoutSeconds(), DEFAULT_PULL_TIMEOUT),
                Objects.requireNonNullElse(raw.resultFromLogs(), true),
                workloadIdentity(raw.workloadIdentity(), where),
                Objects.requireNonNullElse(raw.leaderElection(), true));
    }

    private static PodSettings.WorkloadIdentity workloadIdentity(
            PodSettings.@Nullable WorkloadIdentity given, String where) throws InvalidConfigException {
        PodSettings.WorkloadIdentity otherwise = PodSettings.WorkloadIdentity.DEFAULT;
        if (given == null) {
            return otherwise;
        }
        int seconds = given.expirationSeconds() == 0 ? otherwise.expirationSeconds() : given.expirationSeconds();
        if (seconds < 600 || seconds > 3600) {
            throw new InvalidConfigException(
                    where + ": workloadIdentity.expirationSeconds must be from 600 to 3600, but is " + seconds);
        }
        return new PodSettings.WorkloadIdentity(
                blank(given.audience()) ? otherwise.audience() : given.audience(), seconds);
    }

    private static void checkUrl(String where, @Nullable String url) throws InvalidConfigException {
        URI uri;
        try {
            uri = URI.create(Objects.requireNonNullElse(url, ""));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigException(where + " is no URL: " + url);
        }
        if (uri.getUserInfo() != null) {
            // Not repeated: it would stand in the log.
            throw new InvalidConfigException(where + " must hold no user and no password");
        }
        boolean http = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
        if (!http || uri.getHost() == null || uri.getQuery() != null || uri.getFragment() != null) {
            throw new InvalidConfigException(where + " must be https://host[:port][/path], but is " + url);
        }
    }

    private static void checkPolicy(String where, @Nullable String policy) throws InvalidConfigException {
        if (policy != null && !PULL_POLICIES.contains(policy)) {
            throw new InvalidConfigException(where + " must be one of " + PULL_POLICIES + ", but is " + policy);
        }
    }

    private static boolean blank(@Nullable String s) {
        return s == null || s.isBlank();
    }

    /** What the Pod's builder needs. */
    public PodSettings podSettings() {
        return new PodSettings(runner, helper, users, new Upstreams(upstreams), egress, trustBundle, workloadIdentity);
    }

    /** What decisions need. */
    public DecideSettings decideSettings() {
        return new DecideSettings(
                Duration.ofSeconds(imagePullTimeoutSeconds), resultFromLogs, new Upstreams(upstreams));
    }
}
