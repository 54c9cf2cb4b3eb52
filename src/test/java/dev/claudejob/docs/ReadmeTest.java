package dev.claudejob.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final YAMLMapper YAML = new YAMLMapper();

    @Test
    void itsJobIsTheExampleButForTheDeadline() throws IOException {
        Matcher block = Pattern.compile("(?s)```yaml\n(.*?)```").matcher(Files.readString(Path.of("README.md")));
        assertThat(block.find()).isTrue();
        JsonNode example = YAML.readTree(Files.readString(Path.of("examples/hello.yaml")));
        ((ObjectNode) example.path("spec")).remove("activeDeadlineSeconds");

        assertThat(YAML.readTree(block.group(1))).isEqualTo(example);
    }
}
