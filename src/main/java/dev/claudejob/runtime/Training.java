package dev.claudejob.runtime;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.decide.Decider;
import dev.claudejob.decide.Decision;
import dev.claudejob.observe.View;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.runtime.OperatorConfig.InvalidConfigException;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes through the code of a start and of a job's first steps, without a cluster, so that an ahead-of-time cache knows its classes. */
final class Training {
    private static final Logger log = LoggerFactory.getLogger(Training.class);

    private Training() {}

    static void run() {
        try (KubernetesClient client = new KubernetesClientBuilder()
                .withKubernetesSerialization(Serialization.pruning())
                .withConfig(new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:1")
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build()) {
            OperatorConfig config = OperatorConfig.parse("""
                    runner: {image: runner}
                    helper: {image: helper}
                    leaderElection: false
                    """, "training");
            PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            ClaudeJobOperator operator = new ClaudeJobOperator(
                    client, config, registry, Clock.systemUTC(), new Replica("default", "training", Replica.LEASE));
            try (HttpEndpoints endpoints = new HttpEndpoints(0, registry, operator::healthy, operator::started)) {
                ClaudeJob job = client.getKubernetesSerialization()
                        .unmarshal("""
                                apiVersion: claudejob.dev/v1alpha1
                                kind: ClaudeJob
                                metadata: {name: train, namespace: default, uid: %s, generation: 1}
                                spec:
                                  prompt: hello
                                  credentials: [{oauthToken: {secretKeyRef: {name: claude, key: token}}}]
                                """.formatted(UUID.nameUUIDFromBytes(new byte[0])), ClaudeJob.class);
                Decision first =
                        new Decider(config.decideSettings()).decide(View.of(job, Stream.empty(), Instant.EPOCH));
                Pod pod = new PodBuilder(config.podSettings()).build(job, 1, List.of(0));
                log.info(
                        "trained on port {}: {}, a Pod of {} bytes, {} bytes of metrics",
                        endpoints.port(),
                        first,
                        client.getKubernetesSerialization().asJson(pod).length(),
                        registry.scrape().length());
                operator.start();
            }
        } catch (InvalidConfigException | IOException e) {
            throw new IllegalStateException("the training run is wrong itself", e);
        } catch (RuntimeException e) {
            // There is no cluster to talk to: everything up to that point has been loaded.
            log.info("stopped where a cluster would be needed: {}", e.toString());
        }
    }
}
