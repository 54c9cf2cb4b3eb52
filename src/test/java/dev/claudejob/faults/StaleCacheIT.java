package dev.claudejob.faults;

import static dev.claudejob.testing.JobsOfANamespace.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Phase;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.FakeKubelet;
import dev.claudejob.testing.FakeKubelet.Stage;
import dev.claudejob.testing.JobsOfANamespace;
import dev.claudejob.testing.TestOperator;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StaleCacheIT {
    private static final Duration BEHIND = Duration.ofSeconds(15);

    private final ApiServer api = ApiServer.shared();
    private final String namespace = api.newNamespace();
    private final JobsOfANamespace jobs = new JobsOfANamespace(api.client(), namespace);
    private final AtomicInteger statuses = new AtomicInteger();

    /** The watch of jobs goes silent once the job's first status is there. */
    private Fault fault(Line.Call call) {
        if (call.method().equals("PUT") && call.path().endsWith("/status")) {
            statuses.incrementAndGet();
        }
        return call.watch() && call.path().endsWith("/claudejobs")
                ? new Fault.WatchStalls(2, BEHIND)
                : new Fault.None();
    }

    @Test
    void aStatusThatConflictsIsTriedLessAndLessOftenUntilTheCacheHasCaughtUp() {
        try (FakeKubelet kubelet = new FakeKubelet(api.client(), namespace).hold(Stage.START, Stage.END);
                Line line = new Line(Config.fromKubeconfig(api.kubeconfig()), this::fault, Mistake.NONE);
                TestOperator operator = TestOperator.startAt(line.url(), namespace)) {
            ClaudeJob job = jobs.create("job", "");
            jobs.awaitPhase(job, Phase.Starting);
            // The operator does not hear of it.
            api.client()
                    .resource(job)
                    .patch(
                            PatchContext.of(PatchType.JSON_MERGE),
                            "{\"metadata\":{\"annotations\":{\"theirs\":\"x\"}}}");
            int before = statuses.get();
            kubelet.letGo(Stage.START);

            jobs.awaitPhase(job, Phase.Running);

            assertThat(statuses.get() - before).as("tries").isBetween(2, 12);
            kubelet.letGo(Stage.END);
            eventually().until(() -> jobs.status(job).phase() == Phase.Succeeded);
        }
    }
}
