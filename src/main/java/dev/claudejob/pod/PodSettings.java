package dev.claudejob.pod;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the install decides about the Pods of jobs.
 *
 * @param runner the agent's container, unless a job brings its own image
 * @param helper the sidecar
 * @param users the numeric users
 * @param upstreams where credentials may be sent, and nowhere else
 * @param egress how Pods get out
 * @param trustBundle authorities that Pods trust besides the public ones; null: none
 * @param workloadIdentity the tokens of workloadIdentity
 */
public record PodSettings(
        Runner runner,
        Helper helper,
        Users users,
        Upstreams upstreams,
        Egress egress,
        @Nullable TrustBundle trustBundle,
        WorkloadIdentity workloadIdentity) {
    /** Of an install without a proxy and without authorities of its own. */
    public PodSettings(Runner runner, Helper helper, Users users, Upstreams upstreams) {
        this(runner, helper, users, upstreams, new Egress(null, List.of()), null, WorkloadIdentity.DEFAULT);
    }

    /** The image, pull policy and default resources of the agent's container. */
    public record Runner(
            @JsonProperty(required = true) String image, String imagePullPolicy, ResourceRequirements resources) {}

    /**
     * The sidecar's image and resources.
     *
     * @param holdSeconds how long a request waits for a refused credential to change
     * @param failoverSeconds the same when the job has another credential that can be used
     */
    public record Helper(
            @JsonProperty(required = true) String image,
            String imagePullPolicy,
            List<String> imagePullSecrets,
            int holdSeconds,
            int failoverSeconds,
            ResourceRequirements resources) {}

    /**
     * The ServiceAccount token that the helper exchanges.
     *
     * @param audience what the vendor's federation rule expects in it
     * @param expirationSeconds how long it is good for, from 600 to 3600; the kubelet replaces it in time
     */
    public record WorkloadIdentity(String audience, int expirationSeconds) {
        /** What an install gets that says nothing. */
        public static final WorkloadIdentity DEFAULT = new WorkloadIdentity(Upstreams.VENDOR_API, 3600);
    }

    /** Numeric users of the two containers, and the group that both share. None may be 0. */
    public record Users(long claude, long helper, long group) {}

    /**
     * How Pods get out.
     *
     * @param httpsProxy {@code http://host:port}, without a user: it would stand in every Pod; null: directly
     * @param noProxy hosts, domains, addresses and CIDR ranges that are reached directly all the same
     */
    public record Egress(@Nullable String httpsProxy, List<String> noProxy) {}

    /**
     * A key of a ConfigMap of PEM certificates, in each namespace that has jobs: a Pod can mount from nowhere else.
     *
     * @param key default {@code ca.crt}
     */
    public record TrustBundle(@JsonProperty(required = true) String configMapName, String key) {}
}
