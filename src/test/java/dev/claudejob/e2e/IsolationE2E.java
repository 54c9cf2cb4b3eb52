package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the credential is, and where it is not. */
@ExtendWith(Testbed.class)
class IsolationE2E {
    @ParameterizedTest
    @CsvSource({"oauthToken, " + Space.OAUTH_TOKEN, "apiKey, " + Space.API_KEY})
    void underHelperDeliveryHostileCodeFindsTheCredentialNowhere(String kind, String credential, Space space) {
        Job job = searched(space, kind, "Helper");

        String placeholder = credential.replaceFirst("demo$", "placeholder");
        assertThat(found(job))
                .as("it finds what there is to find, and nothing else")
                .contains("FOUND in /proc/1/environ: " + placeholder)
                .allMatch(line -> line.endsWith(": " + placeholder));
        assertThat(job.text()).contains("CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nread-only");
        // Nobody redacts the agent's log.
        assertThat(everythingButSecrets(space, job, true))
                .allSatisfy((where, what) -> assertThat(what).as(where).doesNotContain(spellings(credential)));
    }

    @ParameterizedTest
    @CsvSource({"oauthToken, " + Space.OAUTH_TOKEN, "apiKey, " + Space.API_KEY})
    void underEnvDeliveryOnlyTheAgentsContainerHoldsTheCredential(String kind, String credential, Space space) {
        space.apply("credential", Map.of("kind", kind, "delivery", "Env"));
        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");

        assertThat(everythingButSecrets(space, job, false))
                .allSatisfy((where, what) -> assertThat(what).as(where).doesNotContain(spellings(credential)));
        for (JsonNode variable : space.pods("job").getFirst().at("/spec/containers/0/env")) {
            boolean carries = variable.path("name").asText().matches("CLAUDE_CODE_OAUTH_TOKEN|ANTHROPIC_API_KEY");
            assertThat(variable.at("/valueFrom/secretKeyRef/name").asText()).isEqualTo(carries ? "claude" : "");
        }
    }

    @ParameterizedTest
    @CsvSource({"oauthToken, " + Space.OAUTH_TOKEN})
    void underEnvDeliveryTheSameSearchFindsIt(String kind, String credential, Space space) {
        Job job = searched(space, kind, "Env");

        assertThat(found(job)).contains("FOUND in /proc/1/environ: " + credential);
    }

    private static List<String> found(Job job) {
        return job.text().lines().filter(line -> line.startsWith("FOUND")).toList();
    }

    private static Job searched(Space space, String kind, String delivery) {
        space.apply("hostile", Map.of("kind", kind, "delivery", delivery));
        Job job = space.finished("job");
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        assertThat(job.text()).contains("uid=1001").endsWith("SEARCHED");
        return job;
    }

    private static Map<String, String> everythingButSecrets(Space space, Job job, boolean agentsLog) {
        Map<String, String> places = new LinkedHashMap<>();
        for (String kind : List.of("claudejobs", "pods", "events", "events.events.k8s.io", "configmaps")) {
            places.put(kind, space.kubectl().json("get", kind).toString());
        }
        for (String container : agentsLog ? List.of("helper", "claude") : List.of("helper")) {
            places.put("log of " + container, space.log(job, container));
        }
        places.put("log of the operator", space.operatorLog());
        return places;
    }

    /** As it is, and what base64 makes of its inner bytes wherever it begins in a text. */
    private static String[] spellings(String credential) {
        byte[] bytes = credential.getBytes(StandardCharsets.UTF_8);
        Stream<String> encoded = Stream.of(0, 1, 2).map(offset -> {
            byte[] shifted = new byte[offset + bytes.length];
            System.arraycopy(bytes, 0, shifted, offset, bytes.length);
            String text = Base64.getEncoder().encodeToString(shifted);
            return text.substring(offset == 0 ? 0 : 4, text.length() - 4);
        });
        return Stream.concat(Stream.of(credential), encoded).toArray(String[]::new);
    }
}
