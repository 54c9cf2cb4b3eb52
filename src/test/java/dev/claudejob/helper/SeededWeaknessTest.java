package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.helper.RequestFuzz.Case;
import dev.claudejob.helper.RequestFuzz.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The requests of {@link SmugglingTest} find each weakness that a server may have, and find none in the same requests without it. */
class SeededWeaknessTest {
    private static final int AT_ONCE = 8;
    private static final int MILLIS = 500;

    @TempDir
    Path dir;

    @ParameterizedTest
    @EnumSource
    void aSeededWeaknessIsFound(Weakness weakness) throws Exception {
        List<Case> told = new ArrayList<>();
        try (SmugglingKit kit = new SmugglingKit(dir.resolve("weak"))) {
            String found = "";
            for (int i = 0; i < SmugglingTest.CASES && found.isEmpty(); i++) {
                Case one = RequestFuzz.of(SmugglingTest.SEED * 1_000_000 + i);
                // Where it makes no difference, SmugglingTest has shown what comes of it.
                if (one.kind() == Kind.BAD && !read(weakness, one).equals(text(one))) {
                    told.add(one);
                    if (told.size() % AT_ONCE == 0) {
                        found = accepted(kit, told.subList(told.size() - AT_ONCE, told.size()), weakness);
                    }
                }
            }
            assertThat(found)
                    .as("of " + told.size() + " requests that it reads otherwise")
                    .isNotEmpty();
        }
        try (SmugglingKit kit = new SmugglingKit(dir.resolve("strict"))) {
            for (Case one : told) {
                assertThat(kit.play(one, one.bytes(), 20_000)).isEmpty();
            }
            assertThat(kit.seen().stream().flatMap(seen -> kit.check(seen).stream()))
                    .isEmpty();
        }
    }

    private static String text(Case one) {
        return new String(one.bytes(), ISO_8859_1);
    }

    private static String read(Weakness weakness, Case one) {
        return weakness.reads(text(one));
    }

    /** The first complaint of a request that was answered with a 200 and must not be; one that merely took long is none. */
    private static String accepted(SmugglingKit kit, List<Case> cases, Weakness weakness) throws Exception {
        try (ExecutorService agents = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> plays = new ArrayList<>();
            for (Case one : cases) {
                plays.add(() -> accepted(kit, one, weakness));
            }
            for (Future<String> play : agents.invokeAll(plays)) {
                if (!play.get().isEmpty()) {
                    return play.get();
                }
            }
            return "";
        }
    }

    private static String accepted(SmugglingKit kit, Case one, Weakness weakness) throws IOException {
        return kit.play(one, read(weakness, one).getBytes(ISO_8859_1), MILLIS).stream()
                .filter(complaint -> complaint.split("HTTP/1\\.1 200 ", -1).length - 1 > one.good())
                .findFirst()
                .orElse("");
    }
}
