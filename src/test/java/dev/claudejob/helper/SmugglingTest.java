package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.helper.RequestFuzz.Case;
import dev.claudejob.helper.RequestFuzz.Kind;
import dev.claudejob.helper.StrictParser.Seen;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hostile agent against the helper's HTTP. Whatever it sends, what the upstream receives is the requests that are allowed, each with the real
 * credential and no other; everything else is refused and its connection closed. {@code -Dfuzz.cases} and {@code -Dfuzz.seed} for more.
 */
class SmugglingTest {
    static final int CASES = Integer.getInteger("fuzz.cases", 12_000);
    static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final int AT_ONCE = 48;

    @TempDir
    Path dir;

    @Test
    void whateverTheAgentSendsTheUpstreamReceivesAllowedRequestsAndNothingElse() throws Exception {
        List<String> failures = new ArrayList<>();
        Set<String> expected = new HashSet<>();
        try (SmugglingKit kit = new SmugglingKit(dir);
                ExecutorService agents = Executors.newVirtualThreadPerTaskExecutor()) {
            Semaphore places = new Semaphore(AT_ONCE);
            List<Future<List<String>>> runs = new ArrayList<>();
            for (int i = 0; i < CASES; i++) {
                Case one = RequestFuzz.of(SEED * 1_000_000 + i);
                if (one.kind() == Kind.GOOD) {
                    expected.addAll(one.bodies());
                }
                places.acquire();
                runs.add(agents.submit(() -> {
                    try {
                        return kit.play(one, one.bytes(), 20_000);
                    } finally {
                        places.release();
                    }
                }));
            }
            for (Future<List<String>> run : runs) {
                failures.addAll(run.get());
            }
            expected.remove("");
            List<Seen> seen = kit.seen();
            seen.forEach(request -> failures.addAll(kit.check(request)));
            assertThat(failures).isEmpty();
            assertThat(seen.stream().map(Seen::body))
                    .as("good requests arrive as they were")
                    .containsAll(expected);
            assertThat(expected).hasSizeGreaterThan(CASES / 20);
            assertThat(kit.printed()).doesNotContain(BareUpstream.CREDENTIAL);
        }
    }
}
