package dev.claudejob.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a watch sends besides whole objects. An exception there ends the operator. */
class PruningTest {
    private final ObjectMapper mapper = new ObjectMapper();

    @BeforeEach
    void prune() {
        Pruning.applyTo(mapper);
    }

    @Test
    void aBookmarkIsRead() throws Exception {
        Pod pod = mapper.readValue("""
                {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "73193", "creationTimestamp": null},
                 "spec": {"containers": null}, "status": {}}""", Pod.class);
        assertThat(pod.getMetadata().getResourceVersion()).isEqualTo("73193");

        ClaudeJob job = mapper.readValue("""
                {"kind": "ClaudeJob", "apiVersion": "claudejob.dev/v1alpha1", "metadata": {"resourceVersion": "73193"}}""", ClaudeJob.class);
        assertThat(job.getMetadata().getResourceVersion()).isEqualTo("73193");
    }
}
