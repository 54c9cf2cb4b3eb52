package dev.claudejob.runtime;

import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.util.StdConverter;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Leaves out of each job and Pod, as it is read, what the operator never looks at: the caches hold everybody's, for as long as they exist, and
 * their size must not be their users' to choose. It happens as an object is decoded, so that it holds for lists, watches and the answers to
 * writes alike; an informer's item store (SDK 5.2) is shared by the informers of all namespaces, and sees no answers to writes.
 *
 * <p>What was read must therefore never be written back whole: Pods and specs of jobs are changed by patches only. A status may be: the
 * apiserver takes nothing but the status from such a request, and no part of a status is left out.
 */
final class Pruning {
    private static final String OURS = ClaudeJob.GROUP + "/";

    private Pruning() {}

    /** Makes {@code mapper} prune what it reads. */
    static void applyTo(ObjectMapper mapper) {
        mapper.addMixIn(ClaudeJob.class, PrunedJob.class);
        mapper.addMixIn(Pod.class, PrunedPod.class);
        mapper.addMixIn(ClaudeCredential.class, PrunedCredential.class);
    }

    @JsonDeserialize(using = JsonDeserializer.None.class, converter = OfJob.class)
    private interface PrunedJob {}

    @JsonDeserialize(using = JsonDeserializer.None.class, converter = OfPod.class)
    private interface PrunedPod {}

    @JsonDeserialize(using = JsonDeserializer.None.class, converter = OfCredential.class)
    private interface PrunedCredential {}

    /** It is small, and all of it matters. */
    static final class OfCredential extends StdConverter<ClaudeCredential, ClaudeCredential> {
        @Override
        public ClaudeCredential convert(ClaudeCredential credential) {
            pruneMetadata(credential.getMetadata());
            return credential;
        }
    }

    /** Of a job that has ended, only how long it is to be kept still matters. */
    static final class OfJob extends StdConverter<ClaudeJob, ClaudeJob> {
        @Override
        public ClaudeJob convert(ClaudeJob job) {
            pruneMetadata(job.getMetadata());
            ClaudeJobStatus status = job.getStatus();
            ClaudeJobSpec spec = job.getSpec();
            if (spec != null
                    && status != null
                    && status.phase() != null
                    && status.phase().finished()) {
                job.setSpec(new ClaudeJobSpec(
                        null,
                        null,
                        null,
                        spec.credentials(),
                        spec.credentialDelivery(),
                        null,
                        null,
                        spec.activeDeadlineSeconds(),
                        spec.cancel(),
                        spec.ttlSecondsAfterFinished(),
                        null,
                        null,
                        null));
            }
            return job;
        }
    }

    /** What a Pod runs was decided when it was made. */
    static final class OfPod extends StdConverter<Pod, Pod> {
        @Override
        public Pod convert(Pod pod) {
            ObjectMeta metadata = pod.getMetadata();
            Optional<Instant> changed = metadata == null ? Optional.empty() : new PodView(pod).changed();
            pruneMetadata(metadata);
            // The apiserver's clock stands nowhere else in a Pod.
            changed.map(time -> new ManagedFieldsEntryBuilder()
                            .withTime(time.toString())
                            .build())
                    .ifPresent(entry -> metadata.setManagedFields(List.of(entry)));
            PodSpec spec = pod.getSpec();
            if (spec != null) {
                Stream.of(spec.getInitContainers(), spec.getContainers())
                        // A bookmark of a watch is a Pod with a spec whose containers are null.
                        .flatMap(Stream::ofNullable)
                        .flatMap(List::stream)
                        .forEach(OfPod::prune);
                spec.setVolumes(List.of());
                spec.setAffinity(null);
                spec.setTopologySpreadConstraints(List.of());
                spec.setTolerations(List.of());
                spec.setNodeSelector(Map.of());
            }
            return pod;
        }

        private static void prune(Container container) {
            container.setCommand(List.of());
            container.setArgs(List.of());
            container.setEnv(List.of());
            container.setEnvFrom(List.of());
            container.setVolumeMounts(List.of());
        }
    }

    private static void pruneMetadata(ObjectMeta metadata) {
        if (metadata == null) {
            return;
        }
        metadata.setManagedFields(List.of());
        Map<String, String> annotations = metadata.getAnnotations();
        if (annotations != null && !annotations.isEmpty()) {
            Map<String, String> kept = new TreeMap<>();
            annotations.forEach((key, value) -> {
                if (key.startsWith(OURS) && !key.equals(PodNames.PROMPT_ANNOTATION)) {
                    kept.put(key, value);
                }
            });
            metadata.setAnnotations(kept);
        }
    }
}
