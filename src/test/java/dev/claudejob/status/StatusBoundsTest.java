package dev.claudejob.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.CredentialRef;
import dev.claudejob.claude.AgentEnd;
import dev.claudejob.claude.Outcome;
import dev.claudejob.claude.Outcomes;
import dev.claudejob.observe.View;
import dev.claudejob.pod.Credentials;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever summaries say, the apiserver takes the status: one that it refuses would be refused again, and the job would never end. */
class StatusBoundsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final JsonNode SCHEMA = schema();
    private static final int MOST_ATTEMPTS = 12;

    private static final List<String> NUMBERS = List.of(
            "0",
            "1",
            "-1",
            "1.5",
            "2147483647",
            "2147483648",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "1e18",
            "1e400",
            "-9000000000000000",
            "9000000000000000",
            "true",
            "\"7\"",
            "null");
    private static final List<String> DOLLARS =
            List.of("\"0\"", "\"0.01\"", "\"9999999999.999999999999\"", "\"1e9\"", "\"-1\"", "3", "null");

    private static JsonNode schema() {
        try {
            return new YAMLMapper()
                    .readTree(Path.of("crds/claudejobs.claudejob.dev-v1.yaml").toFile())
                    .at("/spec/versions/0/schema/openAPIV3Schema/properties/status");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void itsSchemaTakesTheStatusAfterEveryAttempt(int seed) {
        Random random = new Random(seed);
        ClaudeJob job = Jobs.job("");
        int attempts = 2 + random.nextInt(MOST_ATTEMPTS - 1);
        for (int n = 1; n <= attempts; n++) {
            Instant start = Jobs.CREATED.plusSeconds(100L * n);
            PodStory pod = PodStory.created(job, n, start);
            // A ClaudeCredential that is another one each time, or one of the job's own.
            Credentials.Use own = Credentials.named(job.getSpec()).getFirst().orElseThrow();
            CredentialRef shared = random.nextBoolean() ? new CredentialRef("team") : null;
            Credentials.Use use = shared == null ? own : named(own, "secret-" + n + "/token");
            job = Jobs.with(job, Statuses.started(view(job, pod, start), pod.view(), n, use, shared));
            PodStory ended = pod.onNode(start).running(start).ended(1, summary(random), start.plusSeconds(50));
            View view = view(job, ended, start.plusSeconds(60));
            Outcome outcome =
                    Outcomes.failure(new AgentEnd(1, null, ended.view().summary(), false));
            ClaudeJobStatus status = n < attempts
                    ? Statuses.resting(
                            view,
                            view.recordedAttempt().orElseThrow(),
                            ended.view(),
                            outcome,
                            new Rest(1, start, List.of()))
                    : Statuses.ended(view, view.recordedAttempt().orElseThrow(), ended.view(), outcome);
            job = Jobs.with(job, status);
            assertThat(violations("status", SCHEMA, JSON.valueToTree(status))).isEmpty();
            assertThat(JSON.valueToTree(status).toString()).hasSizeLessThan(512 * 1024);
        }
    }

    private static Credentials.Use named(Credentials.Use use, String name) {
        return new Credentials.Use(
                use.kind(),
                name,
                use.held(),
                use.upstream(),
                use.ownUpstream(),
                use.variables(),
                use.secretVariables(),
                use.federation(),
                use.keyFile());
    }

    private static View view(ClaudeJob job, PodStory pod, Instant now) {
        return View.of(job, Stream.of(pod.pod()), now);
    }

    // ---- what a summary may say

    private static String any(Random random, List<String> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static String number(Random random) {
        return any(random, NUMBERS);
    }

    private static String usage(Random random) {
        return "\"in\":%s,\"out\":%s,\"cacheRead\":%s,\"cacheWrite\":%s"
                .formatted(number(random), number(random), number(random), number(random));
    }

    private static String many(Random random, int most, IntFunction<String> one) {
        return IntStream.range(0, random.nextInt(most + 1)).mapToObj(one).collect(Collectors.joining(","));
    }

    /** A field of each kind, in range, out of range or of another type. */
    static String summary(Random random) {
        String models = many(
                random,
                30,
                i -> "\"model-%d\":{%s,\"costUSD\":%s}"
                        .formatted(random.nextInt(1000), usage(random), any(random, DOLLARS)));
        String denials = many(random, 30, i -> "\"tool-%d\":%s".formatted(i, number(random)));
        String meter = many(
                random,
                12,
                i -> "{\"c\":%d,\"t\":[%s,%s,%s,%s]}"
                        .formatted(i, number(random), number(random), number(random), number(random)));
        String cooling =
                many(random, 3, i -> "{\"c\":%d,\"why\":\"UsageLimit\",\"until\":%s}".formatted(i, number(random)));
        String windows =
                many(random, 9, i -> "\"w%d\":[%s,%s,%s]".formatted(i, number(random), number(random), number(random)));
        return """
                {"v":1,"event":"result","isError":true,"terminalReason":"api_error","apiErrorStatus":%s,"turns":%s,\
                "durationMs":%s,"costUSD":%s,"session":"s","usage":{%s},"models":{%s},"denials":{%s},\
                "limit":{"resetsAt":%s,"status":"rejected"},"proxy":{"requests":%s,"ok":1,"credential":0},"meter":[%s],\
                "cooling":[%s],"outlook":[{"c":0,"exp":%s,"w":{%s}}],"bytes":%s,"structuredBytes":%s}""".formatted(
                        any(random, List.of("401", "429", "529", "402")),
                        number(random),
                        number(random),
                        any(random, DOLLARS),
                        usage(random),
                        models,
                        denials,
                        number(random),
                        number(random),
                        meter,
                        cooling,
                        number(random),
                        windows,
                        number(random),
                        number(random));
    }

    // ---- what the apiserver makes of it

    private static List<String> violations(String path, JsonNode schema, JsonNode value) {
        List<String> found = new ArrayList<>();
        switch (schema.path("type").asText()) {
            case "object" -> {
                JsonNode values = schema.path("additionalProperties");
                if (value.size() > schema.path("maxProperties").asInt(Integer.MAX_VALUE)) {
                    found.add(path + " has too many properties");
                }
                schema.path("required").forEach(name -> {
                    if (!value.has(name.asText())) {
                        found.add(path + " lacks " + name.asText());
                    }
                });
                value.properties()
                        .forEach(field -> found.addAll(violations(
                                path + "." + field.getKey(),
                                values.isObject()
                                        ? values
                                        : schema.path("properties").path(field.getKey()),
                                field.getValue())));
            }
            case "array" -> {
                if (value.size() > schema.path("maxItems").asInt(Integer.MAX_VALUE)) {
                    found.add(path + " has " + value.size() + " items");
                }
                value.forEach(item -> found.addAll(violations(path + "[]", schema.path("items"), item)));
            }
            case "string" -> {
                String text = value.asText();
                if (text.codePointCount(0, text.length())
                        > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
                    found.add(path + " is too long");
                }
                if ("date-time".equals(schema.path("format").asText()) && !text.matches("[0-9]{4}-.*")) {
                    found.add(path + " is no time: " + text);
                }
            }
            case "integer" -> {
                if (!value.isIntegralNumber() || value.asLong() < 0) {
                    found.add(path + " is no count: " + value);
                }
            }
            default -> {
                // Free, or a truth value.
            }
        }
        return found;
    }
}
