package dev.claudejob.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.claude.Remedy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TroubleshootingTest {
    @Test
    void the_table_explains_every_reason_in_the_order_of_the_code_and_no_other() throws IOException {
        List<String> documented = Pattern.compile("(?m)^\\| `(\\w+)` \\|")
                .matcher(Files.readString(Path.of("docs/troubleshooting.md")))
                .results()
                .map((MatchResult m) -> m.group(1))
                .toList();

        assertThat(documented)
                .containsExactlyElementsOf(
                        Arrays.stream(Reason.values()).map(Enum::name).toList());
    }

    @Test
    void the_table_says_of_every_reason_whether_it_is_retried() throws IOException {
        Map<String, String> documented = Pattern.compile("(?m)^\\| `(\\w+)` \\| [^|]+ \\| ([^|]+) \\|")
                .matcher(Files.readString(Path.of("docs/troubleshooting.md")))
                .results()
                .collect(Collectors.toMap(m -> m.group(1), m -> m.group(2)));

        assertThat(documented)
                .containsExactlyInAnyOrderEntriesOf(Arrays.stream(Reason.values())
                        .collect(Collectors.toMap(Enum::name, reason -> switch (Remedy.of(reason)) {
                            case NONE -> "no";
                            case AGAIN -> "yes";
                            case OTHER_CREDENTIAL -> "other credential";
                        })));
    }
}
