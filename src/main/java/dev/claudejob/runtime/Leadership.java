package dev.claudejob.runtime;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Lease of the active replica, and its end. Two things that the SDK (5.2) does are not wanted: it exits the JVM whenever leadership ends,
 * which in a shutdown hook waits for itself until the kubelet kills it; and it never gives the Lease back, so that the next replica has to wait
 * until it expires.
 */
final class Leadership {
    private static final Logger log = LoggerFactory.getLogger(Leadership.class);
    static final String LEASE = "claudejob-operator";

    private final KubernetesClient client;
    private final Clock clock;
    private final String namespace;
    private final String identity;
    private volatile boolean leading;
    private volatile boolean stopping;

    Leadership(KubernetesClient client, Clock clock, String namespace, String identity) {
        this.client = client;
        this.clock = clock;
        this.namespace = namespace;
        this.identity = identity;
    }

    LeaderElectionConfiguration configuration() {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
                .withLeaseNamespace(namespace)
                .withIdentity(identity)
                .withExitOnStopLeading(false)
                .withLeaderCallbacks(
                        new LeaderCallbacks(this::begun, this::ended, leader -> log.debug("leader: {}", leader)))
                .build();
    }

    /** From now on the end of leadership is wanted. */
    void stopping() {
        stopping = true;
    }

    private void begun() {
        leading = true;
        log.info("{} leads", identity);
    }

    private void ended() {
        if (!stopping) {
            log.error("{} has lost its Lease, and ends: another replica may be at work already", identity);
            Runtime.getRuntime().halt(1);
        }
    }

    /** Gives the Lease back, if it was ever held: to be called when nothing is at work any more. */
    void release() {
        if (!leading) {
            return;
        }
        try {
            Lease lease = client.leases().inNamespace(namespace).withName(LEASE).get();
            if (lease == null || !identity.equals(lease.getSpec().getHolderIdentity())) {
                return;
            }
            client.resource(new LeaseBuilder(lease)
                            .editSpec()
                            .withHolderIdentity("")
                            .withLeaseDurationSeconds(1)
                            .withRenewTime(ZonedDateTime.now(clock.withZone(ZoneOffset.UTC)))
                            .endSpec()
                            .build())
                    .lockResourceVersion()
                    .update();
            log.info("{} has given its Lease back", identity);
        } catch (KubernetesClientException e) {
            log.warn("the Lease can't be given back, and has to expire: {}", e.getMessage());
        }
    }
}
