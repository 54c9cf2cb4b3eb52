package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file in {@code examples/}, as a reader would use it. What no testbed has is replaced: a model that thinks, and the internet. */
@ExtendWith(Testbed.class)
class ExamplesE2E {
    private static final Path EXAMPLES = Path.of("examples");
    private static final YAMLMapper YAML = new YAMLMapper();

    @ParameterizedTest
    @MethodSource("examples")
    void anExampleSucceeds(Path example, Space space) throws IOException {
        List<JsonNode> objects = read(example);
        JsonNode job = objects.getLast();
        String name = job.at("/metadata/name").asText();
        assertThat(example.getFileName()).asString().isEqualTo(name + ".yaml");
        for (JsonNode object : objects) {
            new ExampleCredentials(space).give(object);
        }
        boolean structured = job.at("/spec/agent/outputSchema").isObject();
        if (structured) {
            ((ObjectNode) job.path("spec")).put("prompt", job.at("/spec/prompt").asText() + " scenario:structured");
        }
        if (job.at("/spec/workspace/git").isObject()) {
            serveRepository(space, (ObjectNode) job.at("/spec/workspace/git"));
        }
        for (JsonNode object : objects) {
            space.kubectl().apply(YAML.writeValueAsString(object));
        }

        Job finished = space.finished(name);

        if (!job.at("/spec/credentials").findValues("podIdentity").isEmpty()) {
            // No testbed has a cloud that would know the Pod.
            assertThat(finished.reason()).as(finished.message()).isEqualTo("CredentialMissing");
            return;
        }
        assertThat(finished.phase()).as(finished.message()).isEqualTo("Succeeded");
        assertThat(finished.text()).isNotBlank();
        for (JsonNode field : job.at("/spec/agent/outputSchema/required")) {
            assertThat(finished.status().at("/result/structured").has(field.asText()))
                    .as("%s in the structured output", field)
                    .isTrue();
        }
    }

    @Test
    void theApiserverTakesEveryExampleUnchanged(Space space) {
        space.kubectl().run("apply", "--dry-run=server", "-f", EXAMPLES.toString());
    }

    /** Whether it is enforced is the network plugin's affair; the testbed's does not. */
    @Test
    void aJobSucceedsUnderTheExampleOfANetworkPolicy(Space space) {
        space.kubectl()
                .run(
                        "apply",
                        "-f",
                        EXAMPLES.resolve("network-policy/tenant.yaml").toString());
        space.apply("credential", Map.of("kind", "apiKey", "delivery", "Helper"));

        assertThat(space.finished("job").phase()).isEqualTo("Succeeded");
        assertThat(space.kubectl().json("get", "networkpolicies").path("items")).hasSize(2);
    }

    static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** The job last, and before it what it needs. */
    private static List<JsonNode> read(Path example) throws IOException {
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(Files.readString(example))) {
            return documents.readAll();
        }
    }

    private static void serveRepository(Space space, ObjectNode git) {
        space.apply("git-server");
        space.kubectl().await("pod/git", "condition=Ready");
        git.put("url", "git://git/project").put("ref", "main");
    }
}
