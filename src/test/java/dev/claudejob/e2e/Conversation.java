package dev.claudejob.e2e;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A job that takes one turn after the other until it is let end. Its credential has values by number, of which the first is 0. */
record Conversation(Space space, Kind kind, List<String> taught) {
    Conversation(Space space, Kind kind) {
        this(space, kind, new ArrayList<>());
    }

    void begin() {
        teach(4, "sleep 0.5");
        write(0);
        space.apply("rotated", Map.of("credential", kind.credential(space)));
        // A job's start takes longer than a request.
        awaitRequestWith(0, Space.PATIENCE);
    }

    Job end() {
        teach(3, "");
        Job job = space.finished("job");
        taught.forEach(space.standIn()::forget);
        return job;
    }

    /** Puts a value to where the helper finds it. */
    void write(int number) {
        String token = kind.token(space, number);
        if (kind == Kind.workloadIdentity) {
            taught.add(space.standIn().teach(kind.exchange(space, token)));
        } else {
            space.apply("secret-late", Map.of("key", kind.key(), "token", kind.content(token)));
        }
    }

    /** From now on the API takes a value no more. */
    void revoke(int number) {
        String token = kind.sent(kind.token(space, number));
        taught.add(space.standIn().teach("""
                {"priority": 1, "request": {"method": "POST", "urlPathPattern": ".*", "headers": {"%s": {"equalTo": "%s"}}}, "response": %s}
                """.formatted(kind.header(), token, kind.refusal())));
    }

    void awaitRequestWith(int number, Duration patience) {
        await().atMost(patience)
                .until(() -> space.standIn().count(kind.header(), kind.sent(kind.token(space, number))) > 0);
    }

    /** From now on a turn calls Bash with this command; the last one, when there is none. */
    private void teach(int priority, String command) {
        kind.answers(command)
                .forEach((path, response) -> taught.add(
                        space.standIn().teach("""
                {"priority": %d, "response": %s,
                 "request": {"method": "POST", "urlPathPattern": "%s", "headers": {"%s": {"contains": "%s"}}}}
                """.formatted(priority, response, path, kind.header(), space.name()))));
    }
}
