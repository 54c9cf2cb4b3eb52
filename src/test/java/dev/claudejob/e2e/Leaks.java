package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Looks for a credential where people and programs can read. */
record Leaks(String credential) {
    /**
     * Fails when it is in any object that the job's user can read, or in a log.
     *
     * @param agentsLog whether the agent's own log is among them: nobody redacts it
     */
    void nowhereIn(Space space, Job job, boolean agentsLog) {
        Map<String, String> places = new LinkedHashMap<>();
        for (String kind : List.of("claudejobs", "pods", "events", "events.events.k8s.io", "configmaps")) {
            places.put(kind, space.kubectl().json("get", kind).toString());
        }
        for (String container : agentsLog ? List.of("helper", "claude") : List.of("helper")) {
            places.put("log of " + container, space.log(job, container));
        }
        places.put("log of the operator", space.operatorLog());
        assertThat(places).allSatisfy((where, what) -> notIn(where, what));
    }

    void notIn(String where, String text) {
        assertThat(text).as(where).doesNotContain(spellings());
    }

    boolean in(String text) {
        return Stream.of(spellings()).anyMatch(text::contains);
    }

    /** As it is, backwards, in hexadecimal, and what base64 makes of its inner bytes wherever it begins in a text. */
    private String[] spellings() {
        byte[] bytes = credential.getBytes(StandardCharsets.UTF_8);
        Stream<String> encoded = Stream.of(0, 1, 2).map(offset -> {
            byte[] shifted = new byte[offset + bytes.length];
            System.arraycopy(bytes, 0, shifted, offset, bytes.length);
            String text = Base64.getEncoder().encodeToString(shifted);
            return text.substring(offset == 0 ? 0 : 4, text.length() - 4);
        });
        Stream<String> plain = Stream.of(
                credential,
                new StringBuilder(credential).reverse().toString(),
                HexFormat.of().formatHex(bytes));
        return Stream.concat(plain, encoded).toArray(String[]::new);
    }
}
