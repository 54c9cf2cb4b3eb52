package dev.claudejob.standing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.testing.Jobs;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Times are seconds since the first job was created. */
class CredentialDeskTest {
    private static final ObjectMapper YAML = new YAMLMapper();

    private final CredentialDesk desk = new CredentialDesk();
    private int version = 1;

    // ---- objects

    private ClaudeCredential credential(String name, String spec) {
        return credential(name, spec, "null");
    }

    private ClaudeCredential credential(String name, String spec, String status) {
        return read("""
                metadata: {name: %s, namespace: team, uid: %s, generation: 1, resourceVersion: "%d", creationTimestamp: "%s"}
                spec: {oauthToken: {secretKeyRef: {name: %s, key: token}}%s}
                status: %s
                """.formatted(name, name, version++, t(-100), name, spec, status), ClaudeCredential.class);
    }

    private static String limit(int most) {
        return ", maxConcurrentJobs: " + most;
    }

    private ClaudeJob job(String name, int created, String status, String... refs) {
        String credentials = Stream.of(refs)
                .map(ref -> ref.equals("own")
                        ? "{apiKey: {secretKeyRef: {name: own, key: key}}}"
                        : "{credentialRef: {name: " + ref + "}}")
                .collect(Collectors.joining(", "));
        return read("""
                metadata: {name: %s, namespace: team, uid: uid-%s, generation: 1, resourceVersion: "%d", creationTimestamp: "%s"}
                spec: {prompt: Hello, credentials: [%s]}
                status: %s
                """.formatted(name, name, version++, t(created), credentials, status), ClaudeJob.class);
    }

    private ClaudeJob waiting(String name, int created, String... refs) {
        return job(name, created, "null", refs);
    }

    private ClaudeJob active(String name, int created, String ref) {
        return job(name, created, """
                {phase: Starting, reason: Starting, attempt: 1,
                 attempts: [{number: 1, podName: p, podUID: u, credential: %s/token, credentialRef: {name: %s}}]}""".formatted(ref, ref), ref);
    }

    private ClaudeJob running(String name, int created, String ref, int since) {
        return job(name, created, """
                {phase: Running, reason: Running, attempt: 1,
                 attempts: [{number: 1, podName: p, podUID: u, credential: %s/token, credentialRef: {name: %s}, startTime: "%s"}]}""".formatted(ref, ref, t(since)), ref);
    }

    private ClaudeJob stuck(String name, int created, String ref, Reason reason) {
        return job(name, created, """
                {phase: Waiting, reason: %s, attempt: 1,
                 attempts: [{number: 1, podName: p, podUID: u, credential: %s/token, credentialRef: {name: %s}}]}""".formatted(reason, ref, ref), ref);
    }

    private ClaudeJob ended(String name, int created, String ref, String finding) {
        return job(name, created, """
                {phase: Failed, reason: CliError, attempt: 1,
                 attempts: [{number: 1, podName: p, podUID: u, credential: %s/token, credentialRef: {name: %s}, reason: CliError,
                             finding: %s}]}""".formatted(ref, ref, finding), ref);
    }

    private static String finding(String verdict, int time) {
        return "{verdict: " + verdict + ", time: \"" + t(time) + "\"}";
    }

    private static String limited(int time, int until) {
        return "{verdict: UsageLimited, time: \"" + t(time) + "\", limitedUntil: \"" + t(until)
                + "\", limitType: five_hour}";
    }

    private static Instant t(int second) {
        return Jobs.CREATED.plusSeconds(second);
    }

    private static <T> T read(String yaml, Class<T> type) {
        try {
            return YAML.readValue(yaml, type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- words

    private void open(Object... known) {
        desk.open(
                Stream.of(known)
                        .filter(ClaudeCredential.class::isInstance)
                        .map(ClaudeCredential.class::cast)
                        .toList(),
                Stream.of(known)
                        .filter(ClaudeJob.class::isInstance)
                        .map(ClaudeJob.class::cast)
                        .toList(),
                t(0));
    }

    private boolean slot(ClaudeJob job, String ref, int now) {
        return desk.book(job, t(now)).of(ref).orElseThrow().slot();
    }

    private static List<String> names(CredentialDesk.Calls calls) {
        return calls.jobs().stream().map(Key::name).sorted().toList();
    }

    private Standing standing(ClaudeCredential credential, int now) {
        return desk.standing(credential, t(now)).orElseThrow();
    }

    // ---- before it knows everything

    @Test
    void nothingIsSaidBeforeAllIsKnown() {
        ClaudeJob job = waiting("a", 0, "team");
        assertThat(desk.book(job, t(0)).known()).isFalse();
        assertThat(desk.book(waiting("b", 0, "own"), t(0)).known())
                .as("a job with its own credential waits for nobody")
                .isTrue();
        open(credential("team", ""));
        assertThat(slot(job, "team", 0)).isTrue();
    }

    @Test
    void aCallerWhoseCacheIsBehindIsToldToLookAgain() {
        ClaudeJob old = waiting("a", 0, "team");
        open(credential("team", limit(1)), old);
        desk.job(active("a", 0, "team"), t(1));
        assertThat(desk.book(old, t(1)).known()).isFalse();
    }

    @Test
    void whatDoesNotExistIsNotInTheBook() {
        ClaudeJob job = waiting("a", 0, "team");
        open(job);
        assertThat(desk.book(job, t(0)).of("team")).isEmpty();
        assertThat(names(desk.credential(credential("team", ""), t(1)))).containsExactly("a");
    }

    @Test
    void aClaudeCredentialThatIsLookedAtCallsForNoLookAtItself() {
        ClaudeCredential team = credential("team", "");
        open(team, active("a", 0, "team"));
        assertThat(desk.credential(team, t(1)).credentials()).isEmpty();
        assertThat(desk.credential(credential("team", limit(2)), t(1)).credentials())
                .isEmpty();
        assertThat(desk.job(ended("a", 0, "team", finding("Accepted", 2)), t(2)).credentials())
                .containsExactly(new Key("team", "team"));
    }

    // ---- slots

    @Test
    void theFirstInLineGetsTheFreeSlotAndTheOthersDoNot() {
        ClaudeJob a = waiting("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(1)), a, b);
        assertThat(slot(b, "team", 2)).isFalse();
        assertThat(slot(a, "team", 2)).isTrue();
        assertThat(slot(b, "team", 2)).isFalse();
    }

    @Test
    void jobsOfTheSameSecondStandInLineByName() {
        ClaudeJob b = waiting("b", 0, "team");
        ClaudeJob a = waiting("a", 0, "team");
        open(credential("team", limit(1)), b, a);
        assertThat(slot(b, "team", 2)).isFalse();
        assertThat(slot(a, "team", 2)).isTrue();
    }

    @Test
    void aPromisedSlotIsNobodyElsesEvenOfOneWhoComesBefore() {
        ClaudeJob b = waiting("b", 0, "team");
        open(credential("team", limit(1)), b);
        assertThat(slot(b, "team", 1)).isTrue();
        ClaudeJob a = waiting("a", 0, "team");
        desk.job(a, t(1));
        assertThat(slot(a, "team", 1)).isFalse();
        assertThat(slot(b, "team", 1)).as("asked again").isTrue();
    }

    @Test
    void whatWasPromisedAndNotTakenIsGivenToTheNext() {
        ClaudeJob a = waiting("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(1)), a, b);
        assertThat(slot(a, "team", 2)).isTrue();
        // Its Pod was refused.
        desk.job(job("a", 0, "{phase: Waiting, reason: PodRejected}", "team"), t(2));
        assertThat(names(desk.settled(a, t(2)))).containsExactly("b");
        assertThat(slot(b, "team", 2)).isTrue();
    }

    @Test
    void jobsThatCannotUseTheirSlotDoNotCallEachOtherWithoutEnd() {
        ClaudeJob a = waiting("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(2)), a, b);
        assertThat(slot(a, "team", 2)).isTrue();
        assertThat(slot(b, "team", 2)).isTrue();
        assertThat(names(desk.settled(b, t(2)))).isEmpty();
        assertThat(names(desk.settled(a, t(2)))).containsExactly("b");
        assertThat(slot(b, "team", 2)).isTrue();
        assertThat(names(desk.settled(b, t(2)))).isEmpty();
    }

    @Test
    void aJobHoldsItsSlotFromItsRecordToItsEnd() {
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(1)), active("a", 0, "team"), b);
        assertThat(slot(b, "team", 2)).isFalse();
        assertThat(names(desk.job(ended("a", 0, "team", finding("Accepted", 3)), t(3))))
                .containsExactly("b");
        assertThat(slot(b, "team", 3)).isTrue();
    }

    @Test
    void aJobThatIsDeletedFreesItsSlotAndItsPlace() {
        ClaudeJob a = active("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        ClaudeJob c = waiting("c", 2, "team");
        open(credential("team", limit(1)), a, b, c);
        desk.jobGone(b, t(3));
        assertThat(names(desk.jobGone(a, t(3)))).containsExactly("c");
        assertThat(slot(c, "team", 3)).isTrue();
    }

    @Test
    void oldNewsOfAJobChangeNothing() {
        ClaudeJob before = waiting("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(1)), active("a", 0, "team"), b);
        desk.job(before, t(2));
        assertThat(slot(b, "team", 2)).isFalse();
    }

    @Test
    void aJobThatRestsOrIsCancelledHoldsNobodyUp() {
        ClaudeJob b = waiting("b", 1, "team");
        ClaudeJob cancelled = read("""
                metadata: {name: c, namespace: team, uid: uid-c, generation: 1, resourceVersion: "50", creationTimestamp: "%s"}
                spec: {prompt: Hello, cancel: true, credentials: [{credentialRef: {name: team}}]}
                """.formatted(t(0)), ClaudeJob.class);
        open(credential("team", limit(1)), job("a", 0, """
                        {phase: Waiting, reason: Overloaded, resumeAt: "%s",
                         attempts: [{number: 1, podName: p, podUID: u, reason: Overloaded}]}""".formatted(t(60)), "team"), cancelled, b);
        assertThat(slot(b, "team", 2)).isTrue();
    }

    @Test
    void aJobStandsInTheLineOfTheCredentialThatItComesToFirst() {
        ClaudeJob a = waiting("a", 0, "first", "second");
        ClaudeJob b = waiting("b", 1, "second");
        open(credential("first", limit(1)), credential("second", limit(1)), active("x", 0, "first"), a, b);
        assertThat(slot(a, "first", 2)).isFalse();
        assertThat(slot(b, "second", 2)).as("a waits for first").isTrue();
    }

    /** However events, answers and questions interleave, there are never more starts under way than slots, and every job gets its turn. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void neverMoreThanAllowedAndNobodyIsForgotten(long seed) {
        Random dice = new Random(seed);
        int most = 1 + dice.nextInt(3);
        List<ClaudeJob> toDo = new ArrayList<>(IntStream.range(0, 40)
                .mapToObj(i -> waiting("job-" + i, dice.nextInt(5), "team"))
                .toList());
        Map<String, ClaudeJob> byName =
                toDo.stream().collect(Collectors.toMap(j -> j.getMetadata().getName(), j -> j));
        open(credential("team", limit(most)));
        List<ClaudeJob> asking = new ArrayList<>();
        List<ClaudeJob> starting = new ArrayList<>();
        List<ClaudeJob> atWork = new ArrayList<>();
        int done = 0;
        for (int step = 0; done < 40; step++) {
            assertThat(step).as("it goes on").isLessThan(5_000);
            List<CredentialDesk.Calls> calls = new ArrayList<>();
            switch (dice.nextInt(4)) {
                case 0 -> {
                    if (!toDo.isEmpty()) {
                        ClaudeJob fresh = toDo.removeLast();
                        calls.add(desk.job(fresh, t(10)));
                        asking.add(fresh);
                    }
                }
                case 1 -> {
                    Collections.shuffle(asking, dice);
                    if (!asking.isEmpty()) {
                        ClaudeJob asks = asking.removeLast();
                        if (slot(asks, "team", 10)) {
                            starting.add(asks);
                        } else {
                            calls.add(desk.settled(asks, t(10)));
                        }
                    }
                }
                case 2 -> {
                    if (!starting.isEmpty()) {
                        ClaudeJob starts = starting.removeFirst();
                        String name = starts.getMetadata().getName();
                        ClaudeJob recorded = active(name, second(starts), "team");
                        calls.add(desk.job(recorded, t(10)));
                        calls.add(desk.settled(recorded, t(10)));
                        atWork.add(recorded);
                    }
                }
                default -> {
                    if (!atWork.isEmpty()) {
                        ClaudeJob ends = atWork.remove(dice.nextInt(atWork.size()));
                        calls.add(desk.job(
                                ended(ends.getMetadata().getName(), second(ends), "team", finding("Accepted", 10)),
                                t(10)));
                        done++;
                    }
                }
            }
            assertThat(starting.size() + atWork.size()).isLessThanOrEqualTo(most);
            for (CredentialDesk.Calls call : calls) {
                for (String name : names(call)) {
                    ClaudeJob called = byName.get(name);
                    if (!asking.contains(called) && !starting.contains(called)) {
                        asking.add(called);
                    }
                }
            }
        }
    }

    private static int second(ClaudeJob job) {
        return (int) (Instant.parse(job.getMetadata().getCreationTimestamp()).getEpochSecond()
                - Jobs.CREATED.getEpochSecond());
    }

    // ---- limits

    @Test
    void aLimitThatOneJobMetIsEverybodysAtOnce() {
        ClaudeCredential team = credential("team", limit(5));
        ClaudeJob b = waiting("b", 1, "team");
        open(team, active("a", 0, "team"), b);
        assertThat(names(desk.job(ended("a", 0, "team", limited(5, 600)), t(5))))
                .as("it has something new to say")
                .containsExactly("b");
        assertThat(slot(b, "team", 6)).isFalse();
        assertThat(standing(team, 6).limited(t(6))).isTrue();
        assertThat(slot(b, "team", 602)).isTrue();
    }

    @Test
    void aLimitOnRecordOutlivesTheJobThatMetIt() {
        ClaudeCredential team = credential(
                "team", "", "{credential: team/token, limitedUntil: \"" + t(600) + "\", limitType: five_hour}");
        ClaudeJob b = waiting("b", 1, "team");
        open(team, b);
        assertThat(slot(b, "team", 2)).isFalse();
        assertThat(standing(team, 2).limitType()).isEqualTo("five_hour");
    }

    @Test
    void aLimitOfAnotherSecretIsForgotten() {
        ClaudeCredential team = credential("team", "", "{credential: other/token, limitedUntil: \"" + t(600) + "\"}");
        ClaudeJob b = waiting("b", 1, "team");
        open(team, b);
        assertThat(slot(b, "team", 2)).isTrue();
    }

    @Test
    void aLimitThatWasMetBeforeTheClaudeCredentialWasMadeIsNotItsOwn() {
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", ""), ended("a", -300, "team", limited(-200, 9000)), b);
        assertThat(slot(b, "team", 2)).isTrue();
    }

    @Test
    void withoutALineJobsComeBackOneAfterTheOtherWithALineAtOnce() {
        ClaudeCredential crowd = credential("crowd", "", "{credential: crowd/token, limitedUntil: \"" + t(600) + "\"}");
        ClaudeCredential line =
                credential("line", limit(1), "{credential: line/token, limitedUntil: \"" + t(600) + "\"}");
        open(crowd, line);
        assertThat(IntStream.range(0, 50)
                        .mapToObj(i -> standing(crowd, 1).freeAgain("uid-" + i, 0))
                        .collect(Collectors.toSet()))
                .hasSizeGreaterThan(10)
                .allSatisfy(at -> assertThat(at).isBetween(t(601), t(631)));
        assertThat(standing(line, 1).freeAgain("uid-1", 0)).isEqualTo(t(601));
    }

    @Test
    void aLimitedCredentialIsPassedOverForTheNextAndItsLineMovesThere() {
        ClaudeJob a = waiting("a", 0, "first", "second");
        ClaudeJob b = waiting("b", 1, "second");
        open(
                credential("first", limit(1), "{credential: first/token, limitedUntil: \"" + t(600) + "\"}"),
                credential("second", limit(1)),
                a,
                b);
        assertThat(slot(b, "second", 2)).as("a is before it now").isFalse();
        assertThat(slot(a, "second", 2)).isTrue();
    }

    @Test
    void aCredentialThatTheJobItselfHasLeftIsPassedOver() {
        ClaudeJob a = job("a", 0, """
                {phase: Waiting, reason: AuthFailed, cooldowns: [{credential: first/token, reason: AuthFailed}],
                 attempts: [{number: 1, podName: p, podUID: u, credential: first/token, credentialRef: {name: first}, reason: AuthFailed}]}""", "first", "second");
        open(credential("first", ""), credential("second", limit(1)), a);
        assertThat(slot(a, "second", 2)).isTrue();
        assertThat(slot(a, "first", 2)).isFalse();
    }

    // ---- refusals

    @Test
    void aRefusedCredentialIsTriedByOneJobAfterAPause() {
        ClaudeJob b = waiting("b", 1, "team");
        ClaudeJob c = waiting("c", 2, "team");
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", finding("AuthFailed", 10)), b, c);
        assertThat(standing(team, 20).trouble().reason()).isEqualTo(Reason.AuthFailed);
        assertThat(slot(b, "team", 20)).isFalse();
        assertThat(slot(b, "team", 311)).isTrue();
        desk.job(active("b", 1, "team"), t(311));
        assertThat(slot(c, "team", 311)).isFalse();
    }

    @Test
    void oneThatWorksAgainLetsEverybodyIn() {
        ClaudeJob c = waiting("c", 2, "team");
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", finding("AuthFailed", 10)), c);
        assertThat(names(desk.job(ended("b", 1, "team", finding("Accepted", 320)), t(320))))
                .containsExactly("c");
        assertThat(standing(team, 321).trouble()).isNull();
        assertThat(slot(c, "team", 321)).isTrue();
    }

    @Test
    void anAgentThatIsPastItsFirstRequestShowsThatItWorks() {
        ClaudeJob c = waiting("c", 2, "team");
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", finding("AuthFailed", 10)), running("b", 1, "team", 320), c);
        assertThat(slot(c, "team", 325)).isFalse();
        assertThat(slot(c, "team", 336)).isTrue();
    }

    @Test
    void oneThatRanBeforeTheRefusalShowsNothing() {
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", finding("AuthFailed", 100)), running("b", 1, "team", 20));
        assertThat(standing(team, 200).trouble()).isNotNull();
    }

    @Test
    void aRefusalBeforeTheCredentialWasMadeIsNotItsOwn() {
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", -300, "team", finding("AuthFailed", -200)));
        assertThat(standing(team, 20).trouble()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"AuthFailed", "CredentialMissing"})
    void whileOneJobWaitsForTheSecretTheOthersWaitForThatJob(Reason reason) {
        ClaudeCredential team = credential("team", "");
        ClaudeJob b = waiting("b", 1, "team");
        open(team, stuck("a", 0, "team", reason), b);
        assertThat(standing(team, 20).trouble().reason()).isEqualTo(reason);
        assertThat(slot(b, "team", 20)).isFalse();
        assertThat(names(desk.job(running("a", 0, "team", 30), t(30)))).containsExactly("b");
        assertThat(slot(b, "team", 30)).isTrue();
    }

    // ---- its end, and how full it is

    private static String ends(String verdict, int time, int end) {
        return "{verdict: " + verdict + ", time: \"" + t(time) + "\", expiresAt: \"" + t(end) + "\"}";
    }

    @Test
    void oneThatHasEndedIsTriedByOneJobAtOnceAndByTheNextAfterAPause() {
        ClaudeCredential team = credential("team", "");
        ClaudeJob b = waiting("b", 1, "team");
        ClaudeJob c = waiting("c", 2, "team");
        open(team, ended("a", 0, "team", ends("Accepted", 10, 600)), b, c);
        assertThat(standing(team, 20).expiresAt()).isEqualTo(t(600));
        assertThat(standing(team, 599).trouble()).isNull();
        assertThat(standing(team, 600).trouble().reason()).isEqualTo(Reason.CredentialExpired);
        assertThat(slot(b, "team", 600)).isTrue();
        assertThat(slot(c, "team", 600)).isFalse();
        desk.job(ended("b", 1, "team", ends("AuthFailed", 700, 600)), t(700));
        assertThat(standing(team, 701).lastError().message()).contains("has expired at " + t(600));
        assertThat(slot(c, "team", 999)).isFalse();
        assertThat(slot(c, "team", 1000)).isTrue();
    }

    @Test
    void aFreshOneIsNoticedByTheJobThatTriesIt() {
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", ends("Accepted", 10, 600)), running("b", 1, "team", 700));
        assertThat(standing(team, 710).trouble()).isNotNull();
        assertThat(standing(team, 715).trouble()).isNull();
        assertThat(standing(team, 715).expiresAt()).isNull();
        desk.job(ended("b", 1, "team", ends("Accepted", 800, 5000)), t(800));
        assertThat(standing(team, 800).expiresAt()).isEqualTo(t(5000));
    }

    @Test
    void ofTwoEndsTheOneThatWasReadLastCounts() {
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", ends("Accepted", 10, 9000)), ended("b", 1, "team", ends("Accepted", 20, 600)));
        assertThat(standing(team, 30).expiresAt()).isEqualTo(t(600));
        assertThat(standing(team, 700).trouble().reason()).isEqualTo(Reason.CredentialExpired);
    }

    @Test
    void aJobThatListsAnotherCredentialLeavesTheLine() {
        ClaudeJob a = waiting("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(1)), active("x", 0, "team"), a, b);
        desk.job(waiting("a", 0, "own"), t(3));
        assertThat(names(desk.job(ended("x", 0, "team", finding("Accepted", 4)), t(4))))
                .containsExactly("b");
        assertThat(slot(b, "team", 4)).isTrue();
    }

    @Test
    void aDeletedJobDoesNotComeBackByAReconcileThatBeganEarlier() {
        ClaudeJob a = waiting("a", 0, "team");
        ClaudeJob b = waiting("b", 1, "team");
        open(credential("team", limit(1)), a, b);
        desk.jobGone(a, t(2));
        assertThat(desk.book(a, t(2)).known()).isFalse();
        desk.job(active("a", 0, "team"), t(2));
        assertThat(slot(b, "team", 2)).isTrue();
    }

    @Test
    void aJobThatEndedJustAfterItsCredentialDidDoesNotShowThatItIsGood() {
        ClaudeCredential team = credential("team", "");
        open(team, ended("a", 0, "team", ends("Accepted", 605, 600)));
        assertThat(standing(team, 610).trouble().reason()).isEqualTo(Reason.CredentialExpired);
        assertThat(standing(team, 610).lastUsed()).isEqualTo(t(600));
    }

    @Test
    void anEndOnRecordOutlivesTheJobThatReadItButNotTheClaudeCredential() {
        ClaudeCredential team = credential("team", "", "{credential: team/token, expiresAt: \"" + t(600) + "\"}");
        open(team);
        assertThat(standing(team, 700).trouble().reason()).isEqualTo(Reason.CredentialExpired);
        ClaudeCredential old = credential("old", "");
        desk.credential(old, t(0));
        desk.job(ended("x", -300, "old", ends("Accepted", -200, 50)), t(0));
        assertThat(standing(old, 100).trouble())
                .as("what was read before it was made")
                .isNull();
    }

    private static String used(int percent, int reset, int time) {
        return "{limitType: five_hour, percent: " + percent + ", resetTime: \"" + t(reset) + "\", time: \"" + t(time)
                + "\"}";
    }

    private static String uses(int time, String used) {
        return "{verdict: Accepted, time: \"" + t(time) + "\", utilization: [" + used + "]}";
    }

    @Test
    void ofEachLimitTheNewestWordCountsUntilItResetsWhoeverEndsFirst() {
        ClaudeCredential team =
                credential("team", "", "{credential: team/token, utilization: [" + used(5, 600, 1) + "]}");
        String week = "{limitType: seven_day, percent: 60, resetTime: \"" + t(9000) + "\", time: \"" + t(3) + "\"}";
        open(
                team,
                ended("a", 0, "team", uses(30, used(70, 600, 20) + ", " + week)),
                ended("b", 0, "team", uses(40, used(65, 600, 15))));
        assertThat(standing(team, 50).utilization())
                .extracting(u -> u.limitType() + " " + u.percent())
                .containsExactly("five_hour 70", "seven_day 60");
        assertThat(standing(team, 600).utilization())
                .extracting(u -> u.limitType() + " " + u.percent())
                .containsExactly("seven_day 60");
    }

    // ---- counts

    @Test
    void itCountsThoseAtWorkAndThoseThatWait() {
        ClaudeCredential team = credential("team", limit(2));
        open(
                team,
                active("a", 0, "team"),
                running("b", 0, "team", 5),
                waiting("c", 1, "team"),
                waiting("d", 1, "own", "team"),
                ended("e", 0, "team", finding("Accepted", 5)));
        assertThat(standing(team, 6).active()).isEqualTo(2);
        assertThat(standing(team, 6).waiting()).isEqualTo(1);
        assertThat(standing(team, 6).lastUsed()).isEqualTo(t(5));
    }

    @Test
    void aJobComesToASharedCredentialOnceItLeavesItsOwnAlone() {
        open(credential("shared", limit(1)));
        assertThat(slot(waiting("before", 0, "own", "shared"), "shared", 1))
                .as("it starts with its own")
                .isFalse();
        String rested = """
                {phase: Waiting, reason: UsageLimit, attempt: 1,
                 attempts: [{number: 1, podName: p, podUID: u, credential: own/key, reason: UsageLimit}],
                 cooldowns: [{credential: own/key, reason: UsageLimit, until: "%s"}]}""".formatted(t(100));
        ClaudeJob after = job("after", 2, rested, "own", "shared");
        assertThat(slot(after, "shared", 3)).isTrue();
        ClaudeJob behind = waiting("behind", 4, "shared");
        assertThat(slot(behind, "shared", 5)).isFalse();
        assertThat(names(desk.settled(after, t(99))))
                .as("it is before that one")
                .isEmpty();
        assertThat(slot(after, "shared", 101)).as("its own is good again").isFalse();
        assertThat(slot(behind, "shared", 102)).isTrue();
    }

    @Test
    void whatLastsLongerThanAnythingEverMeantIsNotBelievedForTheClockWasSetBack() {
        int nineDays = 9 * 24 * 3600;
        ClaudeCredential team = credential("team", "");
        ClaudeCredential shared = credential("shared", limit(1));
        open(team, shared, ended("met", 0, "team", limited(1, nineDays)));
        assertThat(standing(team, 2).limitedUntil()).isNull();
        assertThat(slot(waiting("next", 2, "team"), "team", 3)).isTrue();

        String left = """
                {phase: Waiting, reason: UsageLimit, attempt: 1,
                 attempts: [{number: 1, podName: p, podUID: u, credential: own/key, reason: UsageLimit}],
                 cooldowns: [{credential: own/key, reason: UsageLimit, until: "%s"}]}""".formatted(t(nineDays));
        assertThat(slot(job("back", 2, left, "own", "shared"), "shared", 3))
                .as("its own is good again, as the job itself sees it")
                .isFalse();
        String pausing = """
                {phase: Waiting, reason: Overloaded, attempt: 1, resumeAt: "%s",
                 attempts: [{number: 1, podName: p, podUID: u, credential: shared/token, reason: Overloaded}]}""".formatted(t(nineDays));
        assertThat(slot(job("pausing", 2, pausing, "shared"), "shared", 3)).isTrue();
    }
}
