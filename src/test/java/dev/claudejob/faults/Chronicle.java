package dev.claudejob.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.api.v1alpha1.Phase;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Every status that a namespace's job ever had, on a line that no fault meets. */
final class Chronicle implements AutoCloseable {
    private final List<ClaudeJobStatus> steps = new CopyOnWriteArrayList<>();
    private final Watch watch;

    Chronicle(KubernetesClient client, String namespace) {
        watch = client.resources(ClaudeJob.class).inNamespace(namespace).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, ClaudeJob job) {
                if (job.getStatus() != null && job.getStatus().phase() != null) {
                    steps.add(job.getStatus());
                }
            }

            @Override
            public void onClose(@Nullable WatcherException cause) {}
        });
    }

    List<ClaudeJobStatus> steps() {
        return List.copyOf(steps);
    }

    static void onlyForward(List<? extends ClaudeJobStatus> steps) {
        assertThat(steps).isNotEmpty();
        Phase end = null;
        int attempts = 0;
        List<Attempt> ended = List.of();
        for (ClaudeJobStatus step : steps) {
            if (end != null) {
                assertThat(step.phase()).as("the phase after the end").isEqualTo(end);
            }
            end = step.phase().finished() ? step.phase() : null;
            List<Attempt> now = step.attempts() == null ? List.of() : step.attempts();
            assertThat(now).as("attempts").hasSizeGreaterThanOrEqualTo(attempts).containsAll(ended);
            attempts = now.size();
            ended = now.stream().filter(Attempt::ended).toList();
        }
    }

    @Override
    public void close() {
        watch.close();
    }
}
