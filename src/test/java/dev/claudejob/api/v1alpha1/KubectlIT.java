package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.testing.ApiServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person at a terminal meets. */
class KubectlIT {
    private static final String CRD = "crds/claudejobs.claudejob.dev-v1.yaml";

    private final ApiServer server = ApiServer.shared();
    private final String namespace = server.newNamespace();

    @TempDir
    private Path directory;

    private Path kubeconfig;

    private record Outcome(int exitCode, String output) {}

    @BeforeEach
    void writeKubeconfig() throws IOException {
        kubeconfig = Files.writeString(directory.resolve("kubeconfig"), server.kubeconfig());
    }

    @Test
    void applyTakesTheCrdOnTheClientsSideToo() throws Exception {
        assertThat(kubectl("apply", "-f", CRD).exitCode()).isZero();
        assertThat(kubectl("apply", "-f", CRD).output()).contains("claudejobs.claudejob.dev unchanged");
    }

    @Test
    void theApiserverHasNoWarningAboutTheCrd() throws Exception {
        assertThat(kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", CRD)
                        .output())
                .isEqualTo("customresourcedefinition.apiextensions.k8s.io/claudejobs.claudejob.dev serverside-applied"
                        + " (server dry run)\n");
    }

    @Test
    void aMisspelledFieldIsRefusedByItsName() throws Exception {
        Outcome applied = kubectl(
                "apply", "-f", Manifests.path("refused", "unknown-field").toString());
        assertThat(applied.exitCode()).isEqualTo(1);
        assertThat(applied.output()).contains("unknown field \"spec.promt\"");
    }

    @Test
    void theListShowsTheColumnsInTheOrderThatPeopleReadThem() throws Exception {
        kubectl("apply", "-f", Manifests.path("accepted", "times").toString());
        assertThat(columns("get", "cjob"))
                .containsExactly("NAME", "PHASE", "REASON", "CREDENTIAL", "TURNS", "COST", "AGE");
        assertThat(columns("get", "claudejob", "-o", "wide"))
                .containsExactly(
                        "NAME",
                        "PHASE",
                        "REASON",
                        "CREDENTIAL",
                        "TURNS",
                        "COST",
                        "AGE",
                        "MODEL",
                        "ATTEMPT",
                        "DURATION",
                        "SESSION");
    }

    @Test
    void theListOfCredentialsShowsWhatIsWrongInOneLook() throws Exception {
        kubectl(
                "apply",
                "-f",
                Manifests.path("credentials/accepted", "oauth-token").toString());
        assertThat(columns("get", "ccred"))
                .containsExactly(
                        "NAME",
                        "READY",
                        "REASON",
                        "ACTIVE",
                        "MAX",
                        "WAITING",
                        "LIMITED-UNTIL",
                        "USED%",
                        "LAST-ERROR",
                        "AGE");
        assertThat(columns("get", "ccred", "-o", "wide")).endsWith("AGE", "KIND", "BILLING", "EXPIRES", "MESSAGE");
        assertThat(kubectl("get", "claude").output()).contains("claudecredential.claudejob.dev/hello");
    }

    @Test
    void explainSaysWhatAFieldMeans() throws Exception {
        assertThat(kubectl("explain", "claudejob.spec.template.tolerations.effect")
                        .output())
                .contains("Effect indicates the taint effect to match.");
        assertThat(kubectl("explain", "cjob").output()).contains("One run of headless Claude Code");
    }

    private List<String> columns(String... arguments) throws Exception {
        return List.of(
                kubectl(arguments).output().lines().findFirst().orElse("").split("\\s+"));
    }

    private Outcome kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(server.kubectl().toString(), "--kubeconfig", kubeconfig.toString(), "--namespace", namespace));
        // Its cache of the apiserver's discovery would outlive a server that had the same port before.
        command.addAll(List.of("--cache-dir", directory.resolve("cache").toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }
}
