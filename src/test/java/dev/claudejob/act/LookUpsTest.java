package dev.claudejob.act;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.summary.FullResult;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LookUpsTest {
    private static final ClaudeJob JOB = Jobs.job("");
    private static final Instant END = Jobs.CREATED.plusSeconds(60);
    private static final PodStory GATED = PodStory.created(JOB, 1, Jobs.CREATED);
    private static final PodStory ENDED =
            GATED.onNode(Jobs.CREATED).running(Jobs.CREATED.plusSeconds(5)).agentEnded(0, END);

    private HttpServer server;
    private KubernetesClient client;
    private LookUps lookUps;
    private volatile int code;

    /** An apiserver that answers everything with {@link #code}, or with nothing if that is 0. */
    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            if (code != 0) {
                exchange.sendResponseHeaders(code, -1);
            }
            exchange.close();
        });
        server.start();
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withAutoConfigure(false)
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
        lookUps = new LookUps(client);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 429, 500, 503})
    void aResultThatCanNotBeReadOrKeptForNowIsTriedAgain(int failure) {
        code = failure;
        View view = view(END.plusSeconds(9));

        assertThatThrownBy(() -> lookUps.readResult(view, ENDED.view())).isInstanceOf(KubernetesClientException.class);
        assertThatThrownBy(() -> lookUps.saveResult(view, new FullResult("text", null)))
                .isInstanceOf(KubernetesClientException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 500})
    void butNotForEver(int failure) {
        code = failure;
        View view = view(END.plusSeconds(3600));

        assertThat(known(lookUps.readResult(view, ENDED.view())).result()).isEqualTo(new FullResult(null, null));
        assertThat(known(lookUps.saveResult(view, new FullResult("text", null))).resultConfigMap())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 404})
    void aResultThatIsRefusedIsDoneWithout(int failure) {
        code = failure;
        View view = view(END.plusSeconds(9));

        assertThat(known(lookUps.readResult(view, ENDED.view())).result()).isEqualTo(new FullResult(null, null));
        assertThat(known(lookUps.saveResult(view, new FullResult("text", null))).resultConfigMap())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 403, 500})
    void eventsThatCanNotBeListedSayNothing(int failure) {
        code = failure;

        assertThat(known(lookUps.explainDelay(view(END), GATED.view())).delay()).isEmpty();
    }

    @Test
    void theNewestWarningSaysWhyAPodIsSlow() {
        assertThat(cause(
                        GATED.onNode(Jobs.CREATED).view(),
                        event("Warning", "FailedMount", "no such ConfigMap", 5),
                        event("Warning", "FailedCreatePodSandBox", "no address", 7),
                        event("Normal", "Pulled", "image is there", 9)))
                .isEqualTo("FailedCreatePodSandBox: no address");
    }

    @Test
    void aWarningOfWhatIsOverOrNoFaultSaysNothing() {
        Event noNode = event("Warning", "FailedScheduling", "0/1 nodes are available", 5);
        Event probe = event("Warning", "Unhealthy", "Readiness probe failed", 7);

        assertThat(cause(GATED.onNode(Jobs.CREATED).view(), noNode, probe)).isEmpty();
        assertThat(cause(GATED.ungated().view(), noNode, probe)).isEqualTo("FailedScheduling: 0/1 nodes are available");
    }

    @Test
    void onceTheAgentRunsOnlyAHelperThatDoesNotAnswerItsProbeIsWorthAWord() {
        PodView running = GATED.onNode(Jobs.CREATED).running(Jobs.CREATED).view();
        Event refused = probe("helper", "Readiness probe failed: HTTP probe failed with statuscode: 503", 5);
        Event silence = probe("helper", "Readiness probe failed: context deadline exceeded", 7);
        Event agent = probe("claude", "Startup probe failed: context deadline exceeded", 9);
        Event other = event("Warning", "FailedMount", "no such ConfigMap", 9);

        assertThat(cause(running, refused, silence, agent, other))
                .isEqualTo("Readiness probe failed: context deadline exceeded");
        assertThat(cause(running, silence, probe("helper", "with statuscode: 503", 8)))
                .isEmpty();
        assertThat(cause(running, agent, other)).isEmpty();
    }

    private static Event probe(String container, String message, int second) {
        return new EventBuilder(event("Warning", "Unhealthy", message, second))
                .withNewInvolvedObject()
                .withFieldPath("spec.initContainers{" + container + "}")
                .endInvolvedObject()
                .build();
    }

    private static String cause(PodView pod, Event... events) {
        return LookUps.cause(pod, List.of(events));
    }

    private static Event event(String type, String reason, String message, int second) {
        return new EventBuilder()
                .withNewMetadata()
                .endMetadata()
                .withType(type)
                .withReason(reason)
                .withMessage(message)
                .withLastTimestamp(Jobs.CREATED.plusSeconds(second).toString())
                .build();
    }

    private static View view(Instant now) {
        return View.of(JOB, Stream.of(ENDED.pod()), now);
    }

    private static View.Known known(Step step) {
        return ((Step.Next) step).view().known();
    }
}
