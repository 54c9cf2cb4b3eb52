package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.claudejob.e2e.Probes.Probe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The helper reads two files of the agent's, as a user who may read the credential. The agent puts something else in their place. */
@ExtendWith(Testbed.class)
class HostileFilesE2E {
    private static final int AT_ONCE = 5;

    /** Long enough for the helper to look, several times. */
    private static final String LOOK = "; sleep 0.6";

    @Test
    void nothingInPlaceOfItsFilesMakesTheHelperTellTheCredentialOrHang(Space space) {
        Leaks leaks = new Leaks(Kind.oauthToken.token(space, 0));
        space.apply("secret-late", Map.of("key", "token", "token", leaks.credential()));
        List<Probe> probes = new ArrayList<>();
        List<Map.Entry<String, String>> tricks = List.copyOf(tricks().entrySet());
        for (int from = 0; from < tricks.size(); from += AT_ONCE) {
            List<Map.Entry<String, String>> some = tricks.subList(from, Math.min(from + AT_ONCE, tricks.size()));
            some.forEach(
                    trick -> space.apply("hostile-files", Map.of("name", trick.getKey(), "command", trick.getValue())));
            for (Map.Entry<String, String> trick : some) {
                Job job = space.finished(trick.getKey());
                assertThat(space.log(job, "claude"))
                        .as(trick.getKey() + " was played")
                        .contains("PLAYED");
                leaks.notIn("log of the helper: " + trick.getKey(), space.log(job, "helper"));
                JsonNode helper = space.pods(trick.getKey()).getFirst().at("/status/initContainerStatuses/0");
                assertThat(helper.at("/restartCount").asInt())
                        .as(trick.getKey())
                        .isZero();
                assertThat(helper.at("/state/terminated/exitCode").asInt(-1))
                        .as(trick.getKey())
                        .isZero();
                probes.add(new Probe(
                        trick.getKey(), "held", trick.getValue().replace(LOOK, ""), job.phase() + " " + job.reason()));
            }
        }
        new Probes(probes).print("Hostile files");

        leaks.notIn(
                "objects",
                space.kubectl().json("get", "claudejobs,pods,events,configmaps").toString());
    }

    private static Map<String, String> tricks() {
        Map<String, String> tricks = new LinkedHashMap<>();
        for (String target : List.of("/credentials/0/token", "/proc/self/environ", "/state/counts.json", "/dev/zero")) {
            String name = "events-link" + target.replaceAll("[^a-z]+", "-");
            tricks.put(name, "ln -sfn " + target + " events.jsonl" + LOOK);
        }
        tricks.put("events-fifo", "rm events.jsonl; mkfifo events.jsonl" + LOOK);
        tricks.put("events-directory", "rm events.jsonl; mkdir events.jsonl" + LOOK);
        tricks.put(
                "events-socket",
                "rm events.jsonl; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"events.jsonl\", Listen => 1) or die'"
                        + LOOK);
        tricks.put("events-unreadable", "chmod 0 events.jsonl" + LOOK);
        tricks.put("events-sparse", "truncate -s 900G events.jsonl" + LOOK);
        tricks.put("events-long-line", "head -c 200M /dev/zero | tr '\\0' x >events.jsonl" + LOOK);
        tricks.put(
                "events-deep-json",
                "head -c 900000 /dev/zero | tr '\\0' '[' >events.jsonl; echo >>events.jsonl" + LOOK);
        tricks.put(
                "events-swapped",
                "for i in {1..400}; do ln -sfn /credentials/0/token link; mv -Tf link events.jsonl; echo '{}' >file; mv -f file events.jsonl; done");
        tricks.put("many-files", "for i in {1..5000}; do : >file-$i; done");
        tricks.put("exit-link", "mkdir .exit.json; ln -s /credentials/0/token exit.json");
        tricks.put("exit-fifo", "mkdir .exit.json; mkfifo exit.json");
        tricks.put("exit-directory", "mkdir .exit.json exit.json");
        return tricks;
    }
}
