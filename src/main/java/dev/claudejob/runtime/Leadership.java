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

    private final KubernetesClient client;
    private final Clock clock;
    private final Replica replica;
    private volatile boolean leading;
    private volatile boolean stopping;

    Leadership(KubernetesClient client, Clock clock, Replica replica) {
        this.client = client;
        this.clock = clock;
        this.replica = replica;
    }

    LeaderElectionConfiguration configuration() {
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(replica.lease())
                .withLeaseNamespace(replica.namespace())
                .withIdentity(replica.name())
                .withLeaseDuration(replica.terms().duration())
                .withRenewDeadline(replica.terms().renewal())
                .withRetryPeriod(replica.terms().retry())
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
        log.info("{} leads", replica.name());
    }

    private void ended() {
        if (!stopping) {
            log.error("{} has lost its Lease, and ends: another replica may be at work already", replica.name());
            replica.terms().lost().run();
        }
    }

    /** Gives the Lease back, if it was ever held: to be called when nothing is at work any more. */
    void release() {
        if (!leading) {
            return;
        }
        try {
            Lease lease = client.leases()
                    .inNamespace(replica.namespace())
                    .withName(replica.lease())
                    .get();
            if (lease == null || !replica.name().equals(lease.getSpec().getHolderIdentity())) {
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
            log.info("{} has given its Lease back", replica.name());
        } catch (KubernetesClientException e) {
            log.warn("the Lease can't be given back, and has to expire: {}", e.getMessage());
        }
    }
}
