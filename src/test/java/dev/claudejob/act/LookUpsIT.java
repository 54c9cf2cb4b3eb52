package dev.claudejob.act;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Attempt;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.observe.View;
import dev.claudejob.summary.FullResult;
import dev.claudejob.testing.ApiServer;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LookUpsIT {
    private static final String TEXT = "long ".repeat(10_000);
    private static final FullResult WHOLE = new FullResult(TEXT, Map.of("n", "1"));

    private final KubernetesClient client = ApiServer.shared().client();
    private final String namespace = ApiServer.shared().newNamespace();
    private final LookUps lookUps = new LookUps(client);
    private final ClaudeJob job = Jobs.changed(Jobs.job(""), m -> m.withNamespace(namespace));
    private final PodStory pod = PodStory.created(job, 1, Jobs.CREATED);
    private final View view = View.of(job, Stream.of(pod.pod()), Jobs.CREATED);

    private static View.Known known(Step step) {
        return ((Step.Next) step).view().known();
    }

    private ConfigMap configMap() {
        return client.configMaps()
                .inNamespace(namespace)
                .withName("review-result")
                .get();
    }

    @Test
    void aLongResultIsKeptWholeInAConfigMapOfTheJobThatNobodyChanges() {
        assertThat(known(lookUps.saveResult(view, WHOLE)).resultConfigMap()).isEqualTo("review-result");
        assertThat(configMap().getData())
                .containsOnly(Map.entry("text", TEXT), Map.entry("structured.json", "{\"n\":\"1\"}"));
        assertThat(configMap().getImmutable()).isTrue();
        assertThat(configMap().getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(owner.getUid()).isEqualTo(Jobs.UID));
    }

    @Test
    void aResultThatWasSavedBeforeACrashIsTheSame() {
        lookUps.saveResult(view, WHOLE);
        assertThat(known(lookUps.saveResult(view, WHOLE)).resultConfigMap()).isEqualTo("review-result");
    }

    @Test
    void aConfigMapOfSomebodyElseIsLeftAlone() {
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName("review-result")
                        .withNamespace(namespace)
                        .endMetadata()
                        .addToData("mine", "yes")
                        .build())
                .create();
        assertThat(known(lookUps.saveResult(view, WHOLE)).resultConfigMap()).isEmpty();
        assertThat(configMap().getData()).containsOnlyKeys("mine");
    }

    @Test
    void anApiserverThatRefusesTheConfigMapDoesNotKeepTheJobFromItsEnd() {
        View nowhere = View.of(Jobs.job(""), Stream.empty(), Jobs.CREATED);
        assertThat(known(lookUps.saveResult(nowhere, WHOLE)).resultConfigMap()).isEmpty();
    }

    @Test
    void aPodIsLostOnlyIfTheApiserverHasNoneOfThatNameAndUid() {
        Pod live = client.resource(pod.metadata(m -> m.withUid(null).withResourceVersion(null))
                        .pod())
                .create();
        Attempt ours = attempt(live.getMetadata().getUid());
        assertThat(known(lookUps.confirmLost(view, ours)).lostPodUid()).isNull();
        assertThat(((Step.Next) lookUps.confirmLost(view, ours)).view().pods())
                .extracting(PodView::uid)
                .contains(ours.podUID());
        assertThat(known(lookUps.confirmLost(view, attempt("another"))).lostPodUid())
                .isEqualTo("another");
    }

    private Attempt attempt(String uid) {
        return Attempt.begun(1, pod.pod().getMetadata().getName(), uid, "claude/token");
    }

    @Test
    void ofTheEventsOfAPodTheNewestWarningSaysWhyItIsSlow() {
        assertThat(known(lookUps.explainDelay(view, pod.view())).delay()).isEmpty();
        event("Normal", "Scheduled", "2026-03-01T12:00:09Z");
        event("Warning", "FailedMount", "2026-03-01T12:00:05Z");
        event("Warning", "FailedScheduling", "2026-03-01T12:00:03Z");
        assertThat(known(lookUps.explainDelay(view, pod.view())).delay())
                .isEqualTo("FailedMount: words of FailedMount");
    }

    private void event(String type, String reason, String when) {
        client.resource(new EventBuilder()
                        .withNewMetadata()
                        .withGenerateName("e.")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewInvolvedObject()
                        .withKind("Pod")
                        .withNamespace(namespace)
                        .withUid(pod.view().uid())
                        .endInvolvedObject()
                        .withType(type)
                        .withReason(reason)
                        .withMessage("words of " + reason)
                        .withLastTimestamp(when)
                        .build())
                .create();
    }
}
