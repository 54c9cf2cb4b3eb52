package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/credentials.md make the Secrets, with the keys, that the job beside them names. */
class CredentialDocsE2E {
    private static final Pattern COMMAND = Pattern.compile("(?m)^kubectl create secret .*$");
    private static final Pattern KEY =
            Pattern.compile("(?:secretKeyRef|accessKeyID|secretAccessKey): \\{name: ([a-z-]+), key: ([a-z.]+)}");
    private static final Pattern HOME = Pattern.compile("secretRef: \\{name: ([a-z-]+)}");

    @TempDir
    Path dir;

    private JsonNode secret(String command) throws IOException, InterruptedException {
        Files.createDirectories(dir.resolve(".claude"));
        for (String file :
                List.of(".claude/.credentials.json", ".claude/settings.json", ".claude/CLAUDE.md", "key.json")) {
            Files.writeString(dir.resolve(file), "{}");
        }
        String kubectl = Objects.requireNonNullElse(System.getenv("KUBECTL"), "kubectl");
        ProcessBuilder builder = new ProcessBuilder(
                        "sh",
                        "-euc",
                        "\"$KUBECTL\"" + command.substring("kubectl".length()) + " --dry-run=client -o json")
                .directory(dir.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("HOME", dir.toString());
        builder.environment().put("KUBECTL", kubectl);
        for (String variable : List.of(
                "CLAUDE_CODE_OAUTH_TOKEN",
                "ANTHROPIC_API_KEY",
                "GATEWAY_TOKEN",
                "AWS_BEARER_TOKEN_BEDROCK",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "ANTHROPIC_FOUNDRY_API_KEY")) {
            builder.environment().put(variable, "made-up");
        }
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command).isZero();
        return new JsonMapper().readTree(out);
    }

    @Test
    void everyCommandMakesWhatTheJobBesideItNames() throws Exception {
        String text = Files.readString(Path.of("docs/credentials.md"));
        Map<String, JsonNode> data = new TreeMap<>();
        for (MatchResult command : COMMAND.matcher(text).results().toList()) {
            JsonNode secret = secret(command.group());
            // Several sections use the same name: each is for a reader who uses that section alone.
            JsonNode before = data.put(secret.at("/metadata/name").asText(), secret.path("data"));
            if (before != null) {
                ((ObjectNode) secret.path("data")).setAll((ObjectNode) before);
            }
        }
        assertThat(data).containsOnlyKeys("aws", "bedrock", "claude", "claude-home", "foundry", "gateway", "google");
        List<MatchResult> keys = KEY.matcher(text).results().toList();
        assertThat(keys)
                .hasSizeGreaterThan(6)
                .allSatisfy(key -> assertThat(data.get(key.group(1)).has(key.group(2)))
                        .as(key.group())
                        .isTrue());
        assertThat(HOME.matcher(text).results().toList())
                .isNotEmpty()
                .allSatisfy(home -> assertThat(data.get(home.group(1)).has(".credentials.json"))
                        .isTrue());
    }
}
