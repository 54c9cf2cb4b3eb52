package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** With no Helm: what the documents say, word for word. Alone, for it is everybody's operator. */
@Isolated
@Timeout(300)
@ExtendWith(Testbed.class)
class KustomizeE2E {
    private static final String STAND_IN = "http://standin.claudejob-standin.svc:8080";
    private static final Path PROJECT = Path.of("").toAbsolutePath();

    @TempDir
    Path dir;

    @Test
    void whatIsInstalledByAnOverlayRunsJobsAndIsUninstalledAsTheDocumentsSayWithNothingStuck(Space space)
            throws Exception {
        Install install = Install.of(space);
        try {
            install.uninstall();
            install(space);
            space.job("done", "text", "");
            space.apply("slow", Map.of("seconds", "60"));
            space.kubectl()
                    .apply(space.yaml("late-secret", Map.of("delivery", "Helper"))
                            .replaceFirst("name: job", "name: late"));
            Job done = space.finished("done");
            assertThat(done.phase()).as(done.message()).isEqualTo("Succeeded");
            space.withReason("job", "Running");
            space.withReason("late", "CredentialMissing");

            uninstall(space);

            assertThat(space.kubectl()
                            .tryRun("get", "namespace", Space.OPERATOR_NAMESPACE)
                            .ok())
                    .isFalse();
            assertThat(space.kubectl()
                            .run(
                                    "get",
                                    "crds,clusterroles,clusterrolebindings,validatingadmissionpolicies",
                                    "-o",
                                    "name"))
                    .doesNotContain("claudejob");
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(space.kubectl().run("get", "pods", "-o", "name"))
                            .isEmpty());
        } finally {
            sh("[ ! -d overlay ] || kubectl delete -k overlay --ignore-not-found");
            install.upgrade();
        }
    }

    /** The README's overlay, with what is the testbed's: its images, and the stand-in for the API. */
    private void install(Space space) throws IOException, InterruptedException {
        sh("cp -r " + PROJECT.resolve("deploy") + " deploy");
        String recipe = find("README.md", "(?s)```sh\n(mkdir overlay\n.*?)kubectl apply -k overlay\n```");
        sh(recipe.replace("REGISTRY", "docker.io"));
        sh("sed -i 's#newName: docker.io/claudejob/operator#&, newTag: dev#' overlay/kustomization.yaml");
        sh("sed -i 's#:0.1.0$#:dev#; s#anthropic: https.*#anthropic: " + STAND_IN + "#' overlay/config.yaml");
        sh("kubectl apply -k overlay");
        space.kubectl()
                .in(Space.OPERATOR_NAMESPACE)
                .run("rollout", "status", "deployment/claudejob-operator", "--timeout=35s");
    }

    private void uninstall(Space space) throws IOException, InterruptedException {
        String readme = "charts/claudejob/README.md";
        sh(find(readme, "stop the operator by\\s+`(kubectl [^`]+)`"));
        sh(find(readme, "(?s)```\n(kubectl get pods -A [^`]+)```"));
        assertThat(space.pods("job"))
                .singleElement()
                .satisfies(pod -> assertThat(pod.at("/metadata/finalizers")).isEmpty());
        sh(find(readme, "after what follows here `(kubectl delete -k overlay)`"));
    }

    private static String find(String document, String pattern) throws IOException {
        Matcher found = Pattern.compile(pattern).matcher(Files.readString(PROJECT.resolve(document)));
        assertThat(found.find()).as(document + " has " + pattern).isTrue();
        return found.group(1);
    }

    private void sh(String script) throws IOException, InterruptedException {
        Path output = dir.resolve("output");
        Process process = new ProcessBuilder("sh", "-euxc", script)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).as(() -> text(output)).isZero();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
