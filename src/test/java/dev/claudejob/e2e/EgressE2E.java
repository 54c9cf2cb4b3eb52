package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.claudejob.e2e.StandIn.Request;
import dev.claudejob.testing.TestAuthority;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** An API that only a proxy reaches, with a certificate that only the install's own bundle vouches for. Alone, for it is everybody's way out. */
@Isolated
@Timeout(300)
@ExtendWith(Testbed.class)
class EgressE2E {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String API = "api.corp.example";

    @TempDir
    Path dir;

    @Test
    void anApiBehindAProxyAndAPrivateAuthorityIsReachedByHelperAndAgent(Space space) throws Exception {
        TestAuthority company = new TestAuthority(dir.resolve("company"), "dns:" + API);
        TestAuthority stranger = new TestAuthority(dir.resolve("stranger"), "dns:" + API);
        Space astray = new Space(space.kubectl().in(space.name() + "-w"), space.standIn());
        Install install = Install.of(space);
        try {
            space.kubectl().run("create", "secret", "generic", "keys", "--from-file=keys.p12=" + company.keys());
            space.apply("egress");
            astray.apply("namespace", Map.of("oauthToken", Space.OAUTH_TOKEN, "apiKey", Space.API_KEY));
            trust(space, company);
            trust(astray, stranger);
            space.kubectl().await("pod/proxy", "condition=Ready");
            install.upgrade(
                    "config.upstreams.anthropic=https://" + API,
                    "config.egress.httpsProxy=http://proxy." + space.name() + ".svc:3128",
                    "config.trustBundle.configMapName=corporate-ca");

            for (Space one : List.of(space, astray)) {
                start(one, "helper", "Helper");
                start(one, "env", "Env");
            }

            for (String name : List.of("helper", "env")) {
                Job job = space.finished(name, PATIENCE);
                assertThat(job.phase()).as(name + ": " + job.message()).isEqualTo("Succeeded");
                List<Request> requests = space.standIn().ofSession(job.session());
                assertThat(requests).as(name).isNotEmpty().allSatisfy(request -> {
                    assertThat(request.header("host")).isEqualTo(API);
                    assertThat(request.header("authorization")).isEqualTo("Bearer " + Space.OAUTH_TOKEN);
                    assertThat(request.header("x-api-key")).isEmpty();
                });
            }
            Job helper = astray.finished("helper", PATIENCE);
            assertThat(helper.reason()).as(helper.message()).isEqualTo("NetworkError");
            assertThat(helper.message()).contains("https://" + API, "is not trusted");
            Job env = astray.finished("env", PATIENCE);
            assertThat(env.reason()).as(env.message()).isEqualTo("NetworkError");
            for (Job job : List.of(helper, env)) {
                assertThat(space.standIn().ofSession(job.session())).isEmpty();
            }

            List<String> heads = space.kubectl().run("logs", "proxy").lines().toList();
            assertThat(heads)
                    .hasSizeGreaterThanOrEqualTo(4)
                    .allSatisfy(head -> assertThat(head)
                            .startsWith("CONNECT " + API + ":443 HTTP/1.1")
                            .doesNotContainIgnoringCase("authorization")
                            .doesNotContain(Space.OAUTH_TOKEN));
        } finally {
            install.upgrade();
            astray.delete();
        }
    }

    private static void trust(Space space, TestAuthority authority) {
        await().until(() -> space.kubectl()
                .tryRun("create", "configmap", "corporate-ca", "--from-file=ca.crt=" + authority.certificate)
                .ok());
    }

    private static void start(Space space, String name, String delivery) {
        space.job(name, "text", "credentialDelivery: " + delivery);
    }
}
