package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.decide.Decision;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells people by Events. Best effort: a job never waits for one, nor fails for want of one. */
public final class JobEvents {
    private static final Logger log = LoggerFactory.getLogger(JobEvents.class);
    private static final int MAX_MESSAGE = 1000;

    private final KubernetesClient client;
    private final Executor executor;
    private final Clock clock;

    public JobEvents(KubernetesClient client, Executor executor, Clock clock) {
        this.client = client;
        this.executor = executor;
        this.clock = clock;
    }

    void tell(ClaudeJob job, Decision.Note note) {
        try {
            executor.execute(() -> create(job, note));
        } catch (RejectedExecutionException e) {
            log.debug("Event {} dropped: the operator stops or is behind", note.reason());
        }
    }

    private void create(ClaudeJob job, Decision.Note note) {
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        String message = note.message();
        try {
            client.v1()
                    .events()
                    .inNamespace(job.getMetadata().getNamespace())
                    .resource(new EventBuilder()
                            .withNewMetadata()
                            .withGenerateName(job.getMetadata().getName() + ".")
                            .withNamespace(job.getMetadata().getNamespace())
                            .endMetadata()
                            .withNewInvolvedObject()
                            .withApiVersion(ClaudeJob.API_VERSION)
                            .withKind("ClaudeJob")
                            .withName(job.getMetadata().getName())
                            .withNamespace(job.getMetadata().getNamespace())
                            .withUid(job.getMetadata().getUid())
                            .withResourceVersion(job.getMetadata().getResourceVersion())
                            .endInvolvedObject()
                            .withType(note.warning() ? "Warning" : "Normal")
                            .withReason(note.reason())
                            .withMessage(message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) : message)
                            .withFirstTimestamp(now)
                            .withLastTimestamp(now)
                            .withCount(1)
                            .withNewSource()
                            .withComponent("claudejob")
                            .endSource()
                            .withReportingComponent("claudejob.dev/operator")
                            .build())
                    .create();
        } catch (KubernetesClientException e) {
            log.debug("Event {} not written: {}", note.reason(), e.getMessage());
        }
    }
}
