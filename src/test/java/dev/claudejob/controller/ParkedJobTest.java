package dev.claudejob.controller;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.claudejob.act.Actions;
import dev.claudejob.act.JobEvents;
import dev.claudejob.act.LookUps;
import dev.claudejob.act.PodActions;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.decide.DecideSettings;
import dev.claudejob.decide.Decider;
import dev.claudejob.decide.Decision;
import dev.claudejob.observe.View;
import dev.claudejob.pod.PodBuilder;
import dev.claudejob.pod.Upstreams;
import dev.claudejob.testing.Jobs;
import dev.claudejob.testing.PodStory;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.EventSourceRetriever;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that waits for a usage limit to reset, on a machine that sleeps, or whose clock is set, meanwhile. */
class ParkedJobTest {
    private static final Instant RESUMES = Jobs.CREATED.plus(Duration.ofDays(7));
    private static final long A_MINUTE = Duration.ofMinutes(1).toMillis();

    private final Decider decider = new Decider(new DecideSettings(Duration.ofSeconds(300), true, Upstreams.DEFAULT));
    private KubernetesClient client;
    private ClaudeJob job;

    @BeforeEach
    void park() throws Exception {
        client = new KubernetesClientBuilder().withConfig(Config.empty()).build();
        job = Jobs.with(
                Jobs.job(""), new JsonMapper().readValue("""
                {"phase": "Waiting", "reason": "UsageLimit", "attempt": 1, "resumeAt": "%s",
                 "attempts": [{"number": 1, "podName": "p", "podUID": "u", "credential": "claude/token", "reason": "UsageLimit"}],
                 "cooldowns": [{"credential": "claude/token", "reason": "UsageLimit", "until": "%s"}]}
                """.formatted(RESUMES, RESUMES), ClaudeJobStatus.class));
    }

    @AfterEach
    void close() {
        client.close();
    }

    /** For how long a timer, which does not run while a machine sleeps, is set at that moment. */
    private long millisUntilTheNextLook(Instant now) {
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        JobCaches caches = new JobCaches(pod -> {});
        Actions actions = new Actions(
                client,
                new PodActions(client, new PodBuilder(PodStory.SETTINGS), caches),
                new LookUps(client),
                new JobEvents(client, Runnable::run, clock),
                (written, before) -> {},
                caches);
        return new ClaudeJobReconciler(decider, actions, caches, new CredentialCalls(clock), clock)
                .reconcile(job, context())
                .getScheduleDelay()
                .orElseThrow();
    }

    @SuppressWarnings("unchecked")
    private static Context<ClaudeJob> context() {
        return answering(
                Context.class,
                Map.of(
                        "getRetryInfo",
                        Optional.empty(),
                        "getSecondaryResourcesAsStream",
                        Stream.empty(),
                        "eventSourceRetriever",
                        answering(EventSourceRetriever.class, Map.of())));
    }

    private static <T> T answering(Class<T> type, Map<String, ?> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName())));
    }

    private Decision decidedAt(Instant now) {
        CredentialCalls calls = new CredentialCalls(() -> now);
        calls.open(Stream.empty(), Stream.of(job));
        return decider.decide(View.of(job, Stream.empty(), now, calls.book(job)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 59, 61, 3600, 6 * 24 * 3600})
    void itLooksAtTheClockEveryMinuteHoweverLongItWaits(long secondsLeft) {
        long left = Duration.ofSeconds(secondsLeft).toMillis();
        assertThat(millisUntilTheNextLook(RESUMES.minusMillis(left))).isEqualTo(Math.min(left, A_MINUTE));
    }

    @Test
    void whatCountsIsTheTimeOfDay() {
        assertThat(decidedAt(RESUMES.minusSeconds(1))).isEqualTo(new Decision.Wait(RESUMES));
        assertThat(decidedAt(RESUMES)).isInstanceOf(Decision.CreatePod.class);
    }

    @Test
    void aClockThatWasSetBackMakesNobodyWaitForLongerThanAnyLimitLasts() {
        assertThat(decidedAt(RESUMES.minus(Duration.ofDays(30)))).isInstanceOf(Decision.CreatePod.class);
    }
}
