package dev.claudejob.e2e;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** A server of the attacker's in the test's namespace, see {@code attacker.yaml}: it keeps what it was sent. */
record Attacker(Space space) {
    /** One request, byte for byte. */
    record Received(String raw) {
        String method() {
            return raw.split(" ", 2)[0];
        }

        /** As it stands in the request line. */
        String target() {
            return raw.lines().findFirst().orElse("").split(" ", 3)[1];
        }

        /** A header's value; empty when it was not sent. */
        String header(String name) {
            return raw.split("\r?\n\r?\n", 2)[0]
                    .lines()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }

        String body() {
            String[] parts = raw.split("\r?\n\r?\n", 2);
            return parts.length == 2 ? parts[1] : "";
        }
    }

    static Attacker start(Space space) {
        space.apply("attacker");
        return new Attacker(space);
    }

    void awaitReady() {
        space.kubectl().await("pod/attacker", "condition=Ready");
    }

    String host() {
        return "attacker." + space.name() + ".svc";
    }

    List<Received> received() {
        return received(space, "attacker");
    }

    /** What a Pod was sent that logs each request so. */
    static List<Received> received(Space space, String pod) {
        return space.kubectl()
                .run("logs", pod)
                .lines()
                .filter(line -> line.matches("([0-9a-f]{2})+"))
                .map(line -> new Received(new String(HexFormat.of().parseHex(line), StandardCharsets.ISO_8859_1)))
                .toList();
    }
}
