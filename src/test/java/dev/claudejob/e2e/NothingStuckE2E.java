package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** However somebody gets rid of a job or its Pod: nothing is left, and no finalizer holds anything up. */
@Timeout(300)
@ExtendWith(Testbed.class)
class NothingStuckE2E {
    @Test
    void jobsThatAreDeletedByForceLeaveNothing(Space space) {
        space.job("running", "slow:60", "");
        space.job("unschedulable", "text", "template: {nodeSelector: {no-such-label: anywhere}}");
        space.job("huge", "huge", "");
        space.withReason("running", "Running");
        space.withReason("unschedulable", "Unschedulable");
        assertThat(space.finished("huge").status("/result/configMapRef/name")).isEqualTo("huge-result");

        space.kubectl().run("delete", "claudejobs", "--all", "--force", "--grace-period=0", "--wait=false");

        awaitNothing(space);
    }

    /** Twice by force: nobody can be told how it ended. */
    @Test
    void aPodWhoseFinalizerSomebodyTakesOffAsWellIsLostAndItsJobCanGo(Space space) {
        space.job("job", "slow:60", "");
        Job running = space.withReason("job", "Running");

        space.kubectl().run("delete", "pod", running.pod(), "--force", "--grace-period=0", "--wait=false");
        space.kubectl()
                .tryRun("patch", "pod", running.pod(), "--type=merge", "-p", "{\"metadata\":{\"finalizers\":null}}");

        assertThat(space.finished("job").reason()).isEqualTo("PodLost");
        space.kubectl().run("delete", "claudejob", "job", "--wait=true", "--timeout=30s");
        awaitNothing(space);
    }

    @Test
    void aJobThatIsMadeAnewUnderItsNameAtOnceIsAnotherJob(Space space) {
        space.job("job", "slow:60", "");
        Job old = space.withReason("job", "Running");

        space.kubectl().run("delete", "claudejob", "job", "--wait=false");
        space.job("job", "text", "");

        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.pod()).isNotEqualTo(old.pod());
        assertThat(job.status().path("attempts")).hasSize(1);
        space.kubectl().awaitEnd("pod/" + old.pod());
        assertThat(space.pods("job"))
                .singleElement()
                .satisfies(pod -> assertThat(pod.at("/metadata/name").asText()).isEqualTo(job.pod()));
        space.kubectl().run("delete", "claudejob", "job", "--wait=false");
        awaitNothing(space);
    }

    @Test
    void aNamespaceGoesWhateverItsJobsWaitFor(Space space) {
        space.apply("late-secret", Map.of("delivery", "Helper"));
        space.job("running", "slow:60", "");
        space.job("unschedulable", "text", "template: {nodeSelector: {no-such-label: anywhere}}");
        space.job("parked", "429-usage", "");
        space.apply("shared-job", Map.of("name", "unstarted", "prompt", "scenario:text"));
        space.withReason("job", "CredentialMissing");
        space.withReason("running", "Running");
        space.withReason("unschedulable", "Unschedulable");
        space.withReason("parked", "UsageLimit");
        space.withReason("unstarted", "CredentialMissing");

        space.kubectl().run("delete", "namespace", space.name(), "--wait=false");

        space.kubectl().awaitEnd("namespace/" + space.name());
    }

    /** No job, no Pod whatever its labels, no ConfigMap of ours. */
    static void awaitNothing(Space space) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(left(space)).isEmpty());
    }

    private static List<String> left(Space space) {
        return space.kubectl()
                .run("get", "claudejobs,pods,configmaps", "-o", "name")
                .lines()
                .filter(name -> !name.equals("configmap/kube-root-ca.crt"))
                .toList();
    }
}
