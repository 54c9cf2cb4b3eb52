package dev.claudejob.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** ClaudeJobs as the apiserver would return them. */
public final class Jobs {
    /** When they are created. */
    public static final Instant CREATED = Instant.parse("2026-03-01T12:00:00Z");

    public static final String NAME = "review";
    public static final String NAMESPACE = "team";
    public static final String UID = "6f1c3f0e-0000-4000-8000-000000000001";

    private static final ObjectMapper YAML = new YAMLMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private Jobs() {}

    /** A job with this spec, in YAML. A prompt and a credential are added if it names none. */
    public static ClaudeJob job(String spec) {
        try {
            Map<String, Object> fields = YAML.readValue(spec.isBlank() ? "{}" : spec, new TypeReference<>() {});
            return job(fields);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same, from the spec's fields. */
    public static ClaudeJob job(Map<String, ?> spec) {
        Map<String, Object> fields = new LinkedHashMap<>();
        if (!spec.containsKey("promptFrom")) {
            fields.put("prompt", "Say hello.");
        }
        fields.put(
                "credentials",
                List.of(Map.of("oauthToken", Map.of("secretKeyRef", Map.of("name", "claude", "key", "token")))));
        fields.putAll(spec);
        ClaudeJob job = YAML.convertValue(Map.of("spec", fields), ClaudeJob.class);
        job.setMetadata(new ObjectMetaBuilder()
                .withName(NAME)
                .withNamespace(NAMESPACE)
                .withUid(UID)
                .withGeneration(1L)
                .withResourceVersion("1")
                .withCreationTimestamp(CREATED.toString())
                .build());
        return job;
    }

    /** The same job with another status. */
    public static ClaudeJob with(ClaudeJob job, @Nullable ClaudeJobStatus status) {
        return copy(job, status, meta -> {});
    }

    /** The same job after somebody changed its metadata. */
    public static ClaudeJob changed(ClaudeJob job, Consumer<ObjectMetaBuilder> change) {
        return copy(job, job.getStatus(), change);
    }

    /** The same job with the spec of another, as an update makes it: the generation grows. */
    public static ClaudeJob updated(ClaudeJob job, String spec) {
        ClaudeJob updated =
                changed(job, meta -> meta.withGeneration(job.getMetadata().getGeneration() + 1));
        updated.setSpec(job(spec).getSpec());
        return updated;
    }

    private static ClaudeJob copy(ClaudeJob job, @Nullable ClaudeJobStatus status, Consumer<ObjectMetaBuilder> change) {
        ObjectMetaBuilder metadata = new ObjectMetaBuilder(job.getMetadata());
        change.accept(metadata);
        ClaudeJob copy = new ClaudeJob();
        copy.setMetadata(metadata.build());
        copy.setSpec(job.getSpec());
        copy.setStatus(status);
        return copy;
    }
}
