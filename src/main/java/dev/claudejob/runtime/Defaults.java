package dev.claudejob.runtime;

import dev.claudejob.pod.PodSettings;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an install gets that says nothing. Claude Code takes about 200 MB for a short run, and its tools take what they take. */
final class Defaults {
    private static final String PULL = "IfNotPresent";
    private static final int HOLD_SECONDS = 90;
    // A Secret that changes takes about a second to arrive once its helper is not ready.
    private static final int FAILOVER_SECONDS = 10;

    private Defaults() {}

    static PodSettings.Runner runner(PodSettings.Runner given) {
        return new PodSettings.Runner(
                given.image(),
                or(given.imagePullPolicy(), PULL),
                or(given.resources(), resources("100m", "512Mi", "2Gi")));
    }

    static PodSettings.Helper helper(PodSettings.Helper given) {
        return new PodSettings.Helper(
                given.image(),
                or(given.imagePullPolicy(), PULL),
                or(given.imagePullSecrets(), List.of()),
                given.holdSeconds() > 0 ? given.holdSeconds() : HOLD_SECONDS,
                given.failoverSeconds() > 0 ? given.failoverSeconds() : FAILOVER_SECONDS,
                or(given.resources(), resources("10m", "64Mi", "128Mi")));
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given == null ? otherwise : given;
    }

    private static ResourceRequirements resources(String cpu, String memory, String memoryLimit) {
        return new ResourceRequirementsBuilder()
                .addToRequests("cpu", new Quantity(cpu))
                .addToRequests("memory", new Quantity(memory))
                .addToLimits("memory", new Quantity(memoryLimit))
                .build();
    }
}
