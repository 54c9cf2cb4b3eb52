package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.e2e.Probes.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The helper reads two files of the agent's, as a user who may read the credential. The agent puts something else in their place. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(Testbed.class)
class HostileFilesE2E {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Long enough for the helper to look, several times. */
    private static final String LOOK = "; sleep 0.5; rm -rf events.jsonl exit.json";

    /** @param last whether it stays until the end, when the helper reads for the last time */
    private record Trick(String name, String command, boolean last) {
        String played() {
            return last ? command : command + LOOK;
        }
    }

    /** The tricks of one job, one after the other. */
    private static final Map<String, List<Trick>> JOBS = Map.of(
            "links",
            List.of(
                    link("environ", "/proc/self/environ"),
                    link("counts", "/state/counts.json"),
                    link("endless", "/dev/zero"),
                    link("credential", "/credentials/0/token"),
                    last("credential-to-the-end", "ln -sfn /credentials/0/token events.jsonl"),
                    last("exit-is-a-link", "mkdir .exit.json; ln -sfn /credentials/0/token exit.json")),
            "no-files",
            List.of(
                    once("events-are-a-directory", "rm -f events.jsonl; mkdir events.jsonl"),
                    once(
                            "events-are-a-socket",
                            "rm -f events.jsonl; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"events.jsonl\", Listen => 1)'"),
                    once("events-may-not-be-read", "chmod 0 events.jsonl"),
                    once("many-files", "for i in {1..5000}; do : >file-$i; done"),
                    last("events-are-a-pipe", "rm -f events.jsonl; mkfifo events.jsonl"),
                    last("exit-is-a-pipe", "mkdir .exit.json; mkfifo exit.json")),
            "sizes",
            List.of(
                    once("a-long-line", "head -c 200M /dev/zero | tr '\\0' x >events.jsonl"),
                    once("deep-json", "{ head -c 900000 /dev/zero | tr '\\0' '['; echo; } >events.jsonl"),
                    last("a-file-of-900-gigabytes", "truncate -s 900G events.jsonl"),
                    last("exit-is-a-directory", "mkdir .exit.json exit.json")),
            "swaps",
            List.of(
                    last(
                            "a-link-and-a-file-in-turn",
                            "for i in {1..400}; do ln -sfn /credentials/0/token link; mv -Tf link events.jsonl; echo '{}' >file; mv -f file events.jsonl; done")));

    @Test
    void nothingInPlaceOfItsFilesMakesTheHelperTellTheCredentialOrHang(Space space) {
        Leaks leaks = new Leaks(Kind.oauthToken.token(space, 0));
        space.apply("secret-late", Map.of("key", "token", "token", leaks.credential()));
        JOBS.forEach((name, tricks) -> space.apply(
                "hostile-files",
                Map.of(
                        "name",
                        name,
                        "command",
                        String.join("; ", tricks.stream().map(Trick::played).toList()))));
        List<Probe> probes = new ArrayList<>();
        JOBS.forEach((name, tricks) -> {
            Job job = space.finished(name, PATIENCE);
            assertThat(space.log(job, "claude")).as(name + " was played").contains("PLAYED");
            leaks.notIn("log of the helper: " + name, space.log(job, "helper"));
            JsonNode helper = space.pods(name).getFirst().at("/status/initContainerStatuses/0");
            assertThat(helper.at("/restartCount").asInt()).as(name).isZero();
            assertThat(helper.at("/state/terminated/exitCode").asInt(-1))
                    .as(name)
                    .isZero();
            tricks.forEach(trick ->
                    probes.add(new Probe(trick.name(), "held", trick.command(), job.phase() + " " + job.reason())));
        });
        new Probes(probes).print("Hostile files");

        leaks.notIn(
                "objects",
                space.kubectl().json("get", "claudejobs,pods,events,configmaps").toString());
    }

    private static Trick link(String name, String target) {
        return once("events-are-a-link-to-" + name, "ln -sfn " + target + " events.jsonl");
    }

    private static Trick once(String name, String command) {
        return new Trick(name, command, false);
    }

    private static Trick last(String name, String command) {
        return new Trick(name, command, true);
    }
}
