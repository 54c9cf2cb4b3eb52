package dev.claudejob.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
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
}
