package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class TemplateE2E {
    @Test
    void theAgentsToolsSeeTheJobsVariablesAsTheyAre(Space space) {
        space.apply("env");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).isEqualTo("plain $(COLOUR) $$ \"quoted\"|blue $(HOME)|pass$(HOME)word|");
    }

    @Test
    void thePodHasWhatTheTemplateAsksFor(Space space) {
        space.apply("template");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text().lines()).hasSize(3);
        assertThat(job.text()).startsWith("a file of a ConfigMap\ntmpfs").endsWith("Read-only file system");

        JsonNode pod = space.pods("job").getFirst();
        assertThat(pod.at("/metadata/labels/team").asText()).isEqualTo("blue");
        assertThat(pod.at("/metadata/labels/kueue.x-k8s.io~1queue-name").asText())
                .isEqualTo("tests");
        assertThat(pod.at("/metadata/annotations/example.com~1note").asText()).isEqualTo("a note $(HOME)");
        assertThat(pod.at("/spec/nodeSelector/kubernetes.io~1os").asText()).isEqualTo("linux");
        assertThat(pod.at("/spec/tolerations/0/key").asText()).isEqualTo("dedicated");
        JsonNode agent = pod.at("/spec/containers/0");
        assertThat(agent.at("/resources/requests/memory").asText()).isEqualTo("256Mi");
        assertThat(agent.at("/resources/limits/memory").asText()).isEqualTo("1Gi");
    }
}
