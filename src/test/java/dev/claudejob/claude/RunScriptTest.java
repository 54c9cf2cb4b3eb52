package dev.claudejob.claude;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunScriptTest {
    private static final String RESULT = "printf '%s\\n' '{\"is_error\":false,\"type\":\"result\"}'\n";

    @TempDir
    Path dir;

    private final List<Process> started = new ArrayList<>();
    private String shell = "sh";

    @BeforeEach
    void layOut() throws IOException {
        Files.createDirectories(dir.resolve("bin"));
        Files.createDirectories(dir.resolve("shared"));
        Files.createDirectories(dir.resolve("tmp"));
        Files.writeString(dir.resolve("prompt"), "Say \"$(id)\" and `id`\n$HOME");
    }

    @AfterEach
    void stopAll() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    private static String script() throws IOException {
        try (InputStream in = RunScriptTest.class.getResourceAsStream("run.sh")) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private Process start(String claude, String... args) throws IOException {
        return start(Map.of(), claude, args);
    }

    private Process start(Map<String, String> image, String claude, String... args) throws IOException {
        Path fake = dir.resolve("bin/claude");
        Files.writeString(fake, "#!/bin/sh\n" + claude);
        Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command = new ArrayList<>(List.of(shell, "-c", script(), "claudejob"));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(dir.resolve("out").toFile())
                .redirectError(dir.resolve("err").toFile());
        builder.environment().put("PATH", dir.resolve("bin") + ":" + System.getenv("PATH"));
        builder.environment().put("CLAUDEJOB_DIR", dir.resolve("shared").toString());
        builder.environment().put("CLAUDEJOB_GO", dir.resolve("go").toString());
        builder.environment().put("CLAUDEJOB_PROMPT_FILE", dir.resolve("prompt").toString());
        builder.environment().put("CLAUDEJOB_KILL_AFTER", "3");
        builder.environment().put("TMPDIR", dir.resolve("tmp").toString());
        builder.environment().putAll(image);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private void go() throws IOException {
        Files.createFile(dir.resolve("go"));
    }

    private static int end(Process process) throws InterruptedException {
        assertThat(process.waitFor(15, TimeUnit.SECONDS)).as("ends").isTrue();
        return process.exitValue();
    }

    private String shared(String name) throws IOException {
        return Files.readString(dir.resolve("shared").resolve(name));
    }

    private void awaitFile(String name) {
        await().until(() -> Files.exists(dir.resolve(name)));
    }

    private String touch(String name) {
        return "touch '" + dir.resolve(name) + "'\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void aRunWithAResultEndsWithZeroAndLeavesItsEventsTwice(String with) throws Exception {
        shell = with;
        go();
        assertThat(end(start("echo '{\"type\":\"system\"}'\n" + RESULT))).isZero();
        assertThat(shared("events.jsonl"))
                .isEqualTo("{\"type\":\"system\"}\n{\"is_error\":false,\"type\":\"result\"}\n");
        assertThat(dir.resolve("out")).hasContent(shared("events.jsonl"));
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":0,\"term\":0,\"exit\":0}\n");
        assertThat(dir.resolve("err")).isEmptyFile();
    }

    @Test
    void promptAndArgumentsReachClaudeAsTheyAre() throws Exception {
        go();
        String claude = "cat >'" + dir.resolve("stdin") + "'\nfor a in \"$@\"; do printf '%s\\n' \"$a\"; done >'"
                + dir.resolve("args") + "'\n" + RESULT;
        assertThat(end(start(claude, "--model", "a b", "$(touch x)", "`id`", "$HOME", "*", "")))
                .isZero();
        assertThat(dir.resolve("stdin")).hasSameTextualContentAs(dir.resolve("prompt"));
        assertThat(dir.resolve("args"))
                .content()
                .startsWith("-p\n--output-format\nstream-json\n--verbose\n--settings\n{\"apiKeyHelper\":\"\",")
                .endsWith("}\n--model\na b\n$(touch x)\n`id`\n$HOME\n*\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void whatAnImageSetsOfTheReservedVariablesDoesNotReachClaude(String with) throws Exception {
        shell = with;
        go();
        Map<String, String> image = Map.ofEntries(
                Map.entry("ANTHROPIC_API_KEY", "of the image"),
                Map.entry("ANTHROPIC_BASE_URL", "http://helper"),
                Map.entry("CLAUDE_CODE_USE_BEDROCK", "1"),
                Map.entry("CLAUDE_CONFIG_DIR", "/image"),
                Map.entry("_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL", "1"),
                Map.entry("AWS_BEARER_TOKEN_BEDROCK", "of the image"),
                Map.entry("AWS_PROFILE", "for tools"),
                Map.entry("TEXT", "two\nANTHROPIC_LINE=\nlines"),
                Map.entry("no_proxy", "example.com"),
                Map.entry("NO_PROXY", "example.com"),
                Map.entry("CLAUDEJOB_KEEP", "HOME ANTHROPIC_BASE_URL CLAUDE_CODE_OAUTH_TOKEN"));
        String claude = "env >'" + dir.resolve("env") + "'\n" + RESULT;
        assertThat(end(start(image, claude))).isZero();
        assertThat(Files.readAllLines(dir.resolve("env")))
                .contains("ANTHROPIC_BASE_URL=http://helper", "AWS_PROFILE=for tools", "NO_PROXY=127.0.0.1,example.com")
                .contains("no_proxy=127.0.0.1,example.com", "TEXT=two")
                .noneMatch(
                        line -> line.matches(
                                "(ANTHROPIC_API_KEY|_?CLAUDE_CODE_(?!SESSIONEND_HOOKS_TIMEOUT_MS).*|CLAUDE_CONFIG_DIR|AWS_BEARER_TOKEN_BEDROCK)=.*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void whatLooksLikeAVariableWithinAValueIsNone(String with) throws Exception {
        shell = with;
        go();
        Map<String, String> image = Map.of(
                "TEXT", "a\nANTHROPIC_API_KEY is not set here.\nCLAUDE_CODE looks for git on PATH\nCLAUDE_X=1",
                "CLAUDE_TEXT", "b\nANTHROPIC_API_KEY is not set here.",
                "ANTHROPIC_NOTES", "c\n d=e");
        String claude = "env >'" + dir.resolve("env") + "'\n" + RESULT;
        assertThat(end(start(image, claude))).isZero();
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":0,\"term\":0,\"exit\":0}\n");
        assertThat(Files.readString(dir.resolve("env")))
                .contains("TEXT=" + image.get("TEXT"), "\nPATH=")
                .doesNotContain("CLAUDE_TEXT", "ANTHROPIC_NOTES");
    }

    @Test
    void besideACloudsCredentialTheImagesCloudVariablesDoNotReachClaudeEither() throws Exception {
        go();
        Map<String, String> image = Map.of(
                "AWS_PROFILE",
                "image",
                "AWS_REGION",
                "eu-west-1",
                "CLAUDEJOB_CLOUD",
                "1",
                "CLAUDEJOB_KEEP",
                "AWS_REGION");
        String claude = "env >'" + dir.resolve("env") + "'\n" + RESULT;
        assertThat(end(start(image, claude))).isZero();
        assertThat(Files.readAllLines(dir.resolve("env")))
                .contains("AWS_REGION=eu-west-1")
                .noneMatch(line -> line.startsWith("AWS_PROFILE="));
    }

    /** Under Env Claude Code speaks to the service itself, and each of these decides with whom, or whom it believes. */
    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void underEnvAnImageNamesNoProxyAndNoAuthorityForTheCredential(String with) throws Exception {
        shell = with;
        go();
        List<String> names = List.of(
                "HTTPS_PROXY",
                "HTTP_PROXY",
                "ALL_PROXY",
                "https_proxy",
                "http_proxy",
                "all_proxy",
                "NODE_EXTRA_CA_CERTS",
                "NODE_OPTIONS",
                "NODE_TLS_REJECT_UNAUTHORIZED",
                "SSL_CERT_FILE",
                "SSL_CERT_DIR");
        Map<String, String> image = new HashMap<>(Map.of("CLAUDEJOB_DELIVERY", "Env", "NODE_ENV", "production"));
        names.forEach(name -> image.put(name, ""));
        image.put("CLAUDEJOB_KEEP", "HOME HTTPS_PROXY NODE_EXTRA_CA_CERTS");
        image.put("HTTPS_PROXY", "http://proxy.example:3128");
        String claude = "env >'" + dir.resolve("env") + "'\n" + RESULT;

        assertThat(end(start(image, claude))).isZero();

        List<String> left = Files.readAllLines(dir.resolve("env"));
        assertThat(left)
                .as("the operator's own, and what is none of its business")
                .contains("HTTPS_PROXY=http://proxy.example:3128", "NODE_EXTRA_CA_CERTS=", "NODE_ENV=production");
        assertThat(left)
                .map(line -> line.replaceFirst("=.*", ""))
                .filteredOn(names::contains)
                .containsExactlyInAnyOrder("HTTPS_PROXY", "NODE_EXTRA_CA_CERTS");
    }

    /** Claude Code speaks to the helper, in the clear and on loopback, and the agent's tools may need their way out. */
    @Test
    void underHelperAnImagesProxyIsLeftToTheAgentsTools() throws Exception {
        go();
        String claude = "env >'" + dir.resolve("env") + "'\n" + RESULT;
        assertThat(end(start(Map.of("HTTPS_PROXY", "http://of.the.image"), claude)))
                .isZero();
        assertThat(Files.readAllLines(dir.resolve("env"))).contains("HTTPS_PROXY=http://of.the.image");
    }

    @Test
    void anExitCodeIsKept() throws Exception {
        go();
        assertThat(end(start(RESULT + "exit 3"))).isEqualTo(3);
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":3,\"term\":0,\"exit\":3}\n");
    }

    @Test
    void zeroWithoutAResultIsNoSuccess() throws Exception {
        go();
        assertThat(end(start("echo '{\"type\":\"system\"}'"))).isEqualTo(70);
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":0,\"term\":0,\"exit\":70}\n");
    }

    @Test
    void nothingStartsBeforeTheGoFileIsThere() throws Exception {
        Process process = start(touch("ran") + RESULT);
        assertThat(process.waitFor(400, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(dir.resolve("ran")).doesNotExist();
        go();
        assertThat(end(process)).isZero();
        assertThat(dir.resolve("ran")).exists();
    }

    @Test
    void aStopBeforeTheStartEndsAtOnce() throws Exception {
        Process process = start(touch("ran"));
        // The sleep between two looks at the go file proves that the script listens.
        await().until(() -> process.descendants().findAny().isPresent());
        process.destroy();
        assertThat(process.waitFor(2, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(dir.resolve("ran")).doesNotExist();
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":143,\"term\":1,\"exit\":143}\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void aStopReachesClaudeAsAnInterruptAndItsResultIsKept(String with) throws Exception {
        shell = with;
        go();
        String claude = "onInt() {\n" + RESULT + "exit 0\n}\ntrap onInt INT\n" + touch("ready")
                + "while :; do sleep 0.05; done";
        Process process = start(claude);
        awaitFile("ready");
        process.destroy();
        assertThat(end(process)).isEqualTo(143);
        assertThat(shared("events.jsonl")).contains("\"type\":\"result\"");
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":0,\"term\":1,\"exit\":143}\n");
    }

    /** Claude Code 2.1.330 does not wait for its result when it is interrupted, but for this. */
    @Test
    void theHookAtASessionsEndWaitsForTheResultOfAClaudeThatWasInterrupted() throws Exception {
        go();
        String hook = "hook() { printf '%s\\n' \"$6\" | tail -n 1 | sed 's/^\"//; s/\".*//' >'" + dir.resolve("hook")
                + "'; sh '" + dir.resolve("hook") + "'; }\n";
        String claude = hook + "onInt() {\n(sleep 1; " + RESULT.strip() + ") &\nhook \"$@\"\n" + touch("left")
                + "exit 0\n}\ntrap 'onInt \"$@\"' INT\nhook \"$@\"\n" + touch("ready") + "while :; do sleep 0.05; done";
        Process process = start(claude);
        awaitFile("ready");
        assertThat(dir.resolve("left")).doesNotExist();
        process.destroy();
        awaitFile("left");
        assertThat(shared("events.jsonl")).contains("\"type\":\"result\"");
        assertThat(end(process)).isEqualTo(143);
    }

    /** Each makes Claude Code 2.1.330 leave sooner, and its result may be lost. */
    @ParameterizedTest
    @ValueSource(strings = {"sh", "bash"})
    void howeverOftenItIsToldToStopClaudeIsInterruptedOnce(String with) throws Exception {
        shell = with;
        go();
        Process process = start("trap 'echo INT >>" + dir.resolve("interrupts") + "' INT\n" + touch("ready")
                + "while :; do sleep 0.05; done");
        awaitFile("ready");
        process.destroy();
        awaitFile("interrupts");
        process.destroy();
        assertThat(end(process)).isEqualTo(143);
        assertThat(dir.resolve("interrupts")).hasContent("INT");
    }

    @Test
    void anInterruptIsNotLostWhileClaudeDoesNotListen() throws Exception {
        go();
        Process process = start("trap '' INT\n" + touch("ready") + "sleep 1\nonInt() {\n" + RESULT
                + "exit 0\n}\ntrap onInt INT\nwhile :; do sleep 0.05; done");
        awaitFile("ready");
        process.destroy();
        assertThat(end(process)).isEqualTo(143);
        assertThat(shared("events.jsonl")).contains("\"type\":\"result\"");
    }

    @Test
    void aClaudeThatIgnoresTheInterruptIsKilled() throws Exception {
        go();
        Process process = start("trap '' INT TERM\n" + touch("ready") + "while :; do sleep 0.05; done");
        awaitFile("ready");
        process.destroy();
        assertThat(end(process)).isEqualTo(143);
        assertThat(shared("exit.json")).isEqualTo("{\"rc\":137,\"term\":1,\"exit\":143}\n");
    }

    @Test
    void whatTheAgentLeavesRunningDoesNotHoldTheEnd() throws Exception {
        go();
        assertThat(end(start(RESULT + "sleep 30 &\n"))).isZero();
    }

    @Test
    void aMissingPromptIsAFailure() throws Exception {
        go();
        Files.delete(dir.resolve("prompt"));
        assertThat(end(start(RESULT))).isNotZero();
        assertThat(dir.resolve("err")).content().contains("prompt");
    }

    @Test
    void theTextHoldsNothingThatTheKubeletReplaces() throws Exception {
        assertThat(script()).doesNotContain("$(", "$$");
    }
}
