package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class ResultE2E {
    private static final String LINE =
            "The stand-in writes one more line of a long answer, so that somebody has to cut it somewhere.";

    @Test
    void aLongResultIsInStatusWhole(Space space) throws Exception {
        space.apply("result-long");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text().lines()).hasSize(80).allMatch(LINE::equals);
        assertThat(job.status("/result/truncated")).isEmpty();
        assertThat(job.status("/result/sha256")).isEqualTo(sha256(job.text()));
        assertThat(job.status("/result/configMapRef/name")).isEmpty();
    }

    @Test
    void aHugeResultIsInAConfigMapWholeAndItsBeginningInStatus(Space space) throws Exception {
        space.apply("result-huge");

        Job job = space.finished("job");

        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.status("/result/truncated")).isEqualTo("true");
        assertThat(job.status("/result/configMapRef/name")).isEqualTo("job-result");
        JsonNode configMap = space.kubectl().json("get", "configmap", "job-result");
        String whole = configMap.at("/data/text").asText();
        assertThat(whole).startsWith(job.text());
        assertThat(whole.lines()).hasSizeGreaterThan(1000).allMatch(LINE::equals);
        assertThat(job.status("/result/bytes")).isEqualTo(Integer.toString(whole.length()));
        assertThat(job.status("/result/sha256")).isEqualTo(sha256(whole));
        assertThat(configMap.at("/immutable").asBoolean()).isTrue();
        assertThat(configMap.at("/metadata/ownerReferences/0/uid").asText())
                .isEqualTo(job.object().at("/metadata/uid").asText());
    }

    private static String sha256(String text) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
