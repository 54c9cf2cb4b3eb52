package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaxTokensTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"max_tokens\":\"5\"}",
                "{\"max_tokens\":5,\"max_tokens\":6}",
                "{\"max_tokens\":5,\"Max_Tokens\":6}",
                "{\"max_tokens\":5,\"max\\u005ftokens\":6}",
                "{\"max_tokens\":5e3}",
                "{\"a\":{\"max_tokens\":5}}",
                "[5]",
                ""
            })
    void aRequestThatMayAllowMoreThanItSaysAllowsAll(String body) throws Exception {
        assertThat(mostTokens(body)).isEqualTo(99);
    }

    @Test
    void aRequestSaysHowMuchItAllows() throws Exception {
        assertThat(mostTokens("{\"messages\":[{\"max_tokens\":7}],\"max_tokens\" : 5 }"))
                .isEqualTo(5);
    }

    private long mostTokens(String body) throws IOException {
        RequestBody.Limits limits = new RequestBody.Limits(10, 1000, new Room(1024, 16384), dir, new Room(1024, 1024));
        try (RequestBody kept = RequestBody.keep(new ByteArrayInputStream(body.getBytes(UTF_8)), limits)) {
            return MaxTokens.of(kept, 99);
        }
    }
}
