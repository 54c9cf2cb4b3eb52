package dev.claudejob.runtime;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/** How a client of ours reads and writes Kubernetes objects. */
public final class Serialization {
    /** Go's JSON decoder, and so the apiserver, refuses objects that are nested deeper than this. */
    private static final int GO_MAX_NESTING_DEPTH = 10_000;

    private Serialization() {}

    /**
     * A serialization that can read whatever the apiserver stores. Jackson's own limits (1000 levels, names of 50000 characters)
     * are narrower than the apiserver's, and a ClaudeJob that exceeded them would make every list and watch fail that contains
     * it: one user's agent.outputSchema could stop the operator for all. Every client that reads ClaudeJobs needs this.
     */
    public static KubernetesSerialization create() {
        return new KubernetesSerialization(mapper(), true);
    }

    /** The operator's own: what it reads is pruned. See {@link Pruning} for what must then never be written. */
    public static KubernetesSerialization pruning() {
        ObjectMapper mapper = mapper();
        Pruning.applyTo(mapper);
        return new PruningSerialization(mapper);
    }

    private static ObjectMapper mapper() {
        JsonFactory json = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(GO_MAX_NESTING_DEPTH)
                        .maxNameLength(Integer.MAX_VALUE)
                        .build())
                .streamWriteConstraints(StreamWriteConstraints.builder()
                        .maxNestingDepth(GO_MAX_NESTING_DEPTH)
                        .build())
                .build();
        return new ObjectMapper(json);
    }

    /** Prunes what is read, but not what is copied on its way to the apiserver: the client clones some of what it writes. */
    private static final class PruningSerialization extends KubernetesSerialization {
        private final KubernetesSerialization whole = create();

        PruningSerialization(ObjectMapper mapper) {
            super(mapper, true);
        }

        @Override
        public <T> T clone(T value) {
            return whole.clone(value);
        }
    }
}
