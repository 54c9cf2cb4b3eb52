package dev.claudejob.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;

/**
 * The namespace of one test. It enforces the Pod Security Standard restricted, and has a Secret {@code claude} whose keys are the kinds of
 * credential.
 *
 * @param kubectl works in this namespace
 * @param standIn the API that the jobs talk to
 */
record Space(Kubectl kubectl, StandIn standIn) {
    static final String OAUTH_TOKEN = "sk-ant-oat01-demo";
    static final String API_KEY = "sk-ant-api03-demo";

    /** Far more than a job of a few turns takes on a busy machine. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    static final String OPERATOR_NAMESPACE = "claudejob-system";
    static final String OPERATOR = "app.kubernetes.io/name=claudejob,app.kubernetes.io/component=operator";

    static Space create(String name) {
        Kubectl kubectl = new Kubectl(name);
        Space space = new Space(kubectl, new StandIn(kubectl));
        space.apply("namespace", Map.of("oauthToken", OAUTH_TOKEN, "apiKey", API_KEY));
        return space;
    }

    String name() {
        return kubectl.namespace();
    }

    /** Applies {@code src/test/resources/e2e/<file>.yaml}. */
    void apply(String file) {
        apply(file, Map.of());
    }

    /** The same, with each <code>${name}</code> replaced by its value, and <code>${namespace}</code> always. */
    void apply(String file, Map<String, String> values) {
        kubectl.apply(yaml(file, values));
    }

    /** Applies a job of {@code failing.yaml}: it asks for a scenario, is not tried again, and has more fields of {@code spec}, in one line. */
    void job(String name, String scenario, String more) {
        apply("failing", Map.of("name", name, "scenario", scenario, "agent", "", "more", more, "retries", "0"));
    }

    String yaml(String file, Map<String, String> values) {
        String text = read(file).replace("${namespace}", name());
        for (Map.Entry<String, String> value : values.entrySet()) {
            text = text.replace("${" + value.getKey() + "}", value.getValue());
        }
        return text;
    }

    Job job(String name) {
        return new Job(kubectl.json("get", "claudejob", name));
    }

    /** The job once it has ended, well or not. */
    Job finished(String name) {
        return finished(name, PATIENCE);
    }

    Job finished(String name, Duration limit) {
        return await(name, "condition=Finished", limit);
    }

    /** The job once its status gives this reason. */
    Job withReason(String name, String reason) {
        return withReason(name, reason, PATIENCE);
    }

    Job withReason(String name, String reason, Duration limit) {
        return await(name, "jsonpath={.status.reason}=" + reason, limit);
    }

    private Job await(String name, String condition, Duration limit) {
        Kubectl.Output output = kubectl.tryAwait("claudejob/" + name, condition, limit);
        Job job = job(name);
        if (!output.ok()) {
            throw new AssertionError("ClaudeJob " + name + " has no " + condition + " after " + limit.toSeconds()
                    + " s, but: " + job.phase() + " " + job.reason() + " " + job.message());
        }
        return job;
    }

    /** The Pods of a job that exist now. */
    List<JsonNode> pods(String job) {
        return items(kubectl.json("get", "pods", "-l", "claudejob.dev/job-name=" + job));
    }

    List<JsonNode> events(String job) {
        return items(kubectl.json(
                "get", "events", "--field-selector", "involvedObject.kind=ClaudeJob,involvedObject.name=" + job));
    }

    String log(Job job, String container) {
        return kubectl.run("logs", job.pod(), "-c", container);
    }

    String operatorLog() {
        // kubectl prints none of several logs when one Pod has just been made.
        return Awaitility.await()
                .until(
                        () -> kubectl.in(OPERATOR_NAMESPACE).tryRun("logs", "-l", OPERATOR, "--tail=-1"),
                        Kubectl.Output::ok)
                .out();
    }

    /** Returns at once: the namespace goes by itself. */
    void delete() {
        kubectl.run("delete", "namespace", name(), "--wait=false", "--ignore-not-found");
    }

    static List<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.path("items").spliterator(), false).toList();
    }

    private static String read(String file) {
        String path = "/e2e/" + file + ".yaml";
        try (InputStream in = Space.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new AssertionError("there is no src/test/resources" + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
