package dev.claudejob.testing;

import dev.claudejob.runtime.ClaudeJobOperator;
import dev.claudejob.runtime.OperatorConfig;
import dev.claudejob.runtime.OperatorConfig.InvalidConfigException;
import dev.claudejob.runtime.Replica;
import dev.claudejob.runtime.Serialization;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The real operator in this JVM, wired as in its image, with a hand on its line to the apiserver. It elects a leader only where a test says so. */
public final class TestOperator implements AutoCloseable {
    /** How often a client repeats what failed with a 5xx: as often as the one of the image. */
    static final int REQUEST_RETRIES = 4;

    private final Wire wire = new Wire();
    private final ClaudeJobOperator operator;

    private TestOperator(ApiServer api, List<String> namespaces) {
        this(Config.fromKubeconfig(api.kubeconfig()), namespaces);
    }

    private TestOperator(Config line, List<String> namespaces) {
        this(line, namespaces, new Replica(namespaces.getFirst(), "test-operator", Replica.LEASE), false);
    }

    private TestOperator(Config line, List<String> namespaces, Replica replica, boolean elected) {
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(line)
                        .withRequestRetryBackoffLimit(REQUEST_RETRIES)
                        .build())
                .withKubernetesSerialization(Serialization.pruning())
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("wire", wire))
                .build();
        operator = new ClaudeJobOperator(
                client,
                config(namespaces, elected),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                Clock.systemUTC(),
                replica);
    }

    /** One that runs the jobs of some namespaces. */
    public static TestOperator start(ApiServer api, String... namespaces) {
        TestOperator started = new TestOperator(api, List.of(namespaces));
        started.operator.start();
        started.wire.forgetRequests();
        return started;
    }

    /** One that runs the jobs of a namespace with the rights of a user, and no more. */
    public static TestOperator startAs(ApiServer api, String user, String namespace) {
        Config line = new ConfigBuilder(Config.fromKubeconfig(api.kubeconfig()))
                .withImpersonateUsername(user)
                .build();
        TestOperator started = new TestOperator(line, List.of(namespace));
        started.operator.start();
        return started;
    }

    /**
     * One that finds its apiserver at this URL, without any credential.
     *
     * @throws RuntimeException when it can't start; in a cluster its Pod would be started again
     */
    public static TestOperator startAt(String url, String namespace) {
        return started(new TestOperator(at(url), List.of(namespace)));
    }

    /** The same, as one of several replicas, of which the one that holds the namespace's Lease is at work. */
    public static TestOperator startElected(String url, Replica replica) {
        return started(new TestOperator(at(url), List.of(replica.namespace()), replica, true));
    }

    private static Config at(String url) {
        return new ConfigBuilder(Config.empty())
                .withMasterUrl(url)
                .withOnlyHttpWatches(true)
                .build();
    }

    private static TestOperator started(TestOperator operator) {
        try {
            operator.operator.start();
        } catch (RuntimeException e) {
            operator.close();
            throw e;
        }
        return operator;
    }

    /** One that dies before, or just after, its n-th write. */
    public static TestOperator startDoomed(ApiServer api, String namespace, int write, boolean after) {
        TestOperator doomed = new TestOperator(api, List.of(namespace));
        if (after) {
            doomed.wire.cutAfterWrite(write);
        } else {
            doomed.wire.cutBeforeWrite(write);
        }
        CountDownLatch started = new CountDownLatch(1);
        doomed.wire.writesWaitFor(started);
        try {
            doomed.operator.start();
        } finally {
            started.countDown();
        }
        return doomed;
    }

    public Wire wire() {
        return wire;
    }

    @Override
    public void close() {
        operator.stop();
    }

    private static OperatorConfig config(List<String> namespaces, boolean elected) {
        try {
            Path file = Files.createTempFile("claudejob", ".yaml");
            try {
                Files.writeString(file, """
                        upstreams: {anthropic: "http://standin.invalid:8080"}
                        watchNamespaces: %s
                        runner: {image: "claudejob/runner:test"}
                        helper: {image: "claudejob/operator:test"}
                        leaderElection: %s
                        """.formatted(namespaces, elected));
                return OperatorConfig.read(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InvalidConfigException e) {
            throw new IllegalStateException(e);
        }
    }
}
