package dev.claudejob.runtime;

import dev.claudejob.runtime.OperatorConfig.InvalidConfigException;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operator's entry point. */
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);
    private static final Path DEFAULT_CONFIG = Path.of("/etc/claudejob/config.yaml");
    private static final int DEFAULT_PORT = 8080;

    /**
     * The client repeats what failed with a 5xx, waiting twice as long each time, from 0.1 s. By its default of 10 a log that no kubelet serves
     * keeps a reconcile, and its thread, for a minute and more; the reconcile itself is repeated anyway.
     */
    private static final int REQUEST_RETRIES = 4;

    /** Longer than its Pods may take to end. */
    private static final Duration OPERATOR_STOPS_WITHIN = Duration.ofSeconds(90);

    private Main() {}

    /**
     * Runs until it is told to stop. {@code --train} runs no operator: it goes through the code that a start uses, for the image's ahead-of-time
     * cache. {@code --uninstall} stops the operator of CLAUDEJOB_DEPLOYMENT, whose Pods have the labels CLAUDEJOB_SELECTOR, and releases the Pods of
     * jobs. Environment: CLAUDEJOB_CONFIG, CLAUDEJOB_PORT, CLAUDEJOB_LEASE (claudejob-operator), POD_NAME, POD_NAMESPACE.
     */
    public static void main(String[] args) {
        if (Arrays.asList(args).contains("--train")) {
            Training.run();
            return;
        }
        try {
            if (Arrays.asList(args).contains("--uninstall")) {
                uninstall(System.getenv());
                return;
            }
            run(System.getenv());
        } catch (InvalidConfigException | IOException e) {
            log.error("can't start: {}", e.getMessage());
            System.exit(2);
        } catch (RuntimeException e) {
            log.error("can't start", e);
            System.exit(1);
        }
    }

    private static OperatorConfig config(Map<String, String> env) throws InvalidConfigException, IOException {
        String file = env.get("CLAUDEJOB_CONFIG");
        return OperatorConfig.read(file == null ? DEFAULT_CONFIG : Path.of(file));
    }

    private static void uninstall(Map<String, String> env) throws InvalidConfigException, IOException {
        try (KubernetesClient client = new KubernetesClientBuilder().build()) {
            Uninstall uninstall = new Uninstall(client, config(env).watchNamespaces());
            String namespace = Objects.requireNonNull(env.get("POD_NAMESPACE"), "POD_NAMESPACE");
            uninstall.stopOperator(
                    namespace,
                    Objects.requireNonNull(env.get("CLAUDEJOB_DEPLOYMENT"), "CLAUDEJOB_DEPLOYMENT"),
                    Objects.requireNonNull(env.get("CLAUDEJOB_SELECTOR"), "CLAUDEJOB_SELECTOR"),
                    OPERATOR_STOPS_WITHIN);
            uninstall.deleteLease(namespace, lease(env));
            uninstall.releasePods();
        }
    }

    private static String lease(Map<String, String> env) {
        return Objects.requireNonNullElse(env.get("CLAUDEJOB_LEASE"), Replica.LEASE);
    }

    private static void run(Map<String, String> env) throws InvalidConfigException, IOException {
        OperatorConfig config = config(env);
        String port = env.get("CLAUDEJOB_PORT");
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        // Closed by the operator when it stops.
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withRequestRetryBackoffLimit(REQUEST_RETRIES)
                        .build())
                .withKubernetesSerialization(Serialization.pruning())
                .build();
        ClaudeJobOperator operator = new ClaudeJobOperator(
                client,
                config,
                registry,
                Clock.systemUTC(),
                new Replica(
                        Objects.requireNonNullElse(env.get("POD_NAMESPACE"), client.getNamespace()),
                        Objects.requireNonNullElseGet(
                                env.get("POD_NAME"), () -> "claudejob-operator-" + UUID.randomUUID()),
                        lease(env)));
        HttpEndpoints endpoints = new HttpEndpoints(
                port == null ? DEFAULT_PORT : Integer.parseInt(port), registry, operator::healthy, operator::started);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            operator.stop();
                            endpoints.close();
                        },
                        "stop"));
        operator.start();
        log.info("started; upstreams {}", config.upstreams());
    }
}
