package dev.claudejob.pod;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import org.jspecify.annotations.Nullable;

/** What every container of the Pod has in common. */
final class Containers {
    static final String SHARED_DIR = "/claudejob";
    static final String GO_DIR = "/go";
    static final String SHARED_VOLUME = "claudejob-shared";
    static final String GO_VOLUME = "claudejob-go";
    static final String HELPER_ADDRESS = "127.0.0.1:8787";

    private Containers() {}

    /** Restricted, and the root file system read-only. */
    static SecurityContext hardened(long user, long group) {
        return new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withRunAsNonRoot(true)
                .withRunAsUser(user)
                .withRunAsGroup(group)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .build();
    }

    /** A variable whose value arrives as it is. */
    static EnvVar env(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(literal(value)).build();
    }

    /** The kubelet expands $(NAME) in commands, arguments and variables: a doubled $ stands for itself. */
    static String literal(String text) {
        return text.replace("$", "$$");
    }

    static Volume emptyDir(String name, @Nullable String sizeLimit) {
        return new VolumeBuilder()
                .withName(name)
                .withNewEmptyDir()
                .withSizeLimit(sizeLimit == null ? null : new Quantity(sizeLimit))
                .endEmptyDir()
                .build();
    }

    static VolumeMount mount(String name, String path) {
        return new VolumeMountBuilder().withName(name).withMountPath(path).build();
    }

    static VolumeMount mountReadOnly(String name, String path) {
        return new VolumeMountBuilder()
                .withName(name)
                .withMountPath(path)
                .withReadOnly(true)
                .build();
    }
}
