package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Testbed.class)
class PromptE2E {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int KIB = 1024;

    @Test
    void aPromptArrivesByteForByte(Space space) throws Exception {
        Map<String, String> filler = Map.of("filler", "filler: ä$(X)'\" ".repeat(3000));
        String prompt = new ObjectMapper(new YAMLFactory())
                .readTree(space.yaml("prompt-bytes", filler))
                .at("/spec/prompt")
                .asText();
        assertThat(prompt.getBytes(StandardCharsets.UTF_8)).hasSizeGreaterThan(50 * KIB);
        space.apply("prompt-bytes", filler);

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(sent(space, job)).contains(prompt);
    }

    @ParameterizedTest
    @CsvSource({"configMap, a ConfigMap", "secret, a Secret"})
    void aPromptComesFromElsewhere(String kind, String name, Space space) throws Exception {
        space.apply("prompts-" + kind);
        space.apply("prompt-from", Map.of("kind", kind));

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(sent(space, job)).contains("Is $(HOME) from " + name + "?");
    }

    @Test
    void aConfigMapThatIsMissingIsNamedInStatusAndWaitedFor(Space space) {
        space.apply("prompt-from", Map.of("kind", "configMap"));

        Job waiting = space.withReason("job", "PodRejected", Duration.ofSeconds(30));
        assertThat(waiting.phase()).isEqualTo("Waiting");
        assertThat(waiting.message()).contains("configmap \"prompts\" not found");

        space.apply("prompts-configMap");
        assertThat(space.finished("job").phase()).isEqualTo("Succeeded");
    }

    /** The texts that the user said to the model first. */
    private static List<String> sent(Space space, Job job) throws Exception {
        StandIn.Request first = space.standIn().ofSession(job.session()).getLast();
        List<String> texts = new ArrayList<>();
        for (JsonNode content : JSON.readTree(first.body()).at("/messages/0/content")) {
            texts.add(content.path("text").asText());
        }
        return texts;
    }
}
