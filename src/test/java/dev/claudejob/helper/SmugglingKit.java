package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.claudejob.helper.BareUpstream.Heard;
import dev.claudejob.helper.RequestFuzz.Case;
import dev.claudejob.helper.RequestFuzz.Kind;
import dev.claudejob.helper.StrictParser.Seen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;

/** A hostile agent, the helper, and an upstream that records what comes: and whether that is what may come. */
final class SmugglingKit implements AutoCloseable {
    private static final Pattern ALLOWED = Pattern.compile(
            "POST /v1/messages(/count_tokens)?(\\?.*)?|GET /v1/models(/[A-Za-z0-9][A-Za-z0-9._:@-]*)?(\\?.*)?");
    private static final Set<String> NEVER = Set.of(
            "authorization",
            "cookie",
            "proxy-authorization",
            "x-goog-api-key",
            "api-key",
            "x-amz-security-token",
            "transfer-encoding",
            "te",
            "upgrade",
            "keep-alive",
            "trailer",
            "connection",
            "proxy-connection",
            "expect");

    private final Queue<ByteArrayOutputStream> received = new ConcurrentLinkedQueue<>();
    private final BareUpstream helper;

    SmugglingKit(Path dir) throws IOException {
        helper = new BareUpstream(dir, this::upstream);
    }

    /** Records all and takes a request's end from where the helper pauses: it parses nothing that the test is about. */
    private void upstream(Socket socket) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        received.add(all);
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[16 * 1024];
        int answered = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            synchronized (all) {
                all.write(buffer, 0, n);
            }
            int complete = StrictParser.parse(all.toString(ISO_8859_1)).size();
            for (; answered < complete; answered++) {
                socket.getOutputStream().write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".getBytes(ISO_8859_1));
            }
            if (all.size() > 256 * 1024) {
                return;
            }
        }
    }

    /**
     * Sends a case as the agent and listens. A bad one is refused, and its connection closed.
     *
     * @param bytes what is sent in place of the case's own
     * @param millis how long the helper may take to close
     * @return what was wrong with the answers
     */
    List<String> play(Case one, byte[] bytes, int millis) throws IOException {
        try (Socket agent = helper.agent()) {
            Heard heard;
            try {
                agent.getOutputStream().write(bytes);
                heard = one.kind() == Kind.GOOD
                        ? hearAnswers(agent, one.good())
                        : BareUpstream.hear(agent, one.kind() == Kind.BAD ? millis : 60);
            } catch (IOException e) {
                return one.kind() == Kind.NOISE ? List.of() : List.of(one.what() + ": " + e);
            }
            List<String> statuses = statuses(heard);
            List<String> ok = statuses.subList(0, Math.min(one.good(), statuses.size()));
            return switch (one.kind()) {
                case NOISE -> List.of();
                case GOOD ->
                    statuses.equals(Collections.nCopies(one.good(), "200"))
                            ? List.of()
                            : List.of(one.what() + ": " + heard);
                case BAD -> {
                    boolean refused = statuses.size() == one.good() + 1
                            && statuses.getLast().matches("4..|50[15]");
                    yield refused && heard.closed() && ok.stream().allMatch("200"::equals)
                            ? List.of()
                            : List.of(one.what() + ": " + heard);
                }
            };
        }
    }

    private static List<String> statuses(Heard heard) {
        return Pattern.compile("HTTP/1\\.1 ([0-9]{3}) \r\n")
                .matcher(heard.text())
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    private static Heard hearAnswers(Socket agent, int count) throws IOException {
        agent.setSoTimeout(20_000);
        StringBuilder heard = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (heard.toString().split("\r\n\r\nok", -1).length - 1 < count) {
            int n = agent.getInputStream().read(buffer);
            if (n < 0) {
                return new Heard(heard.toString(), true);
            }
            heard.append(new String(buffer, 0, n, ISO_8859_1));
        }
        return new Heard(heard.toString(), false);
    }

    /** What the upstream received, whole requests only. */
    List<Seen> seen() {
        return received.stream()
                .flatMap(all -> StrictParser.parse(all.toString(ISO_8859_1)).stream())
                .toList();
    }

    /** What is wrong with a request that the upstream received. */
    List<String> check(Seen request) {
        String authority = helper.authority();
        List<String> wrong = new ArrayList<>();
        if (!ALLOWED.matcher(request.method() + " " + request.target()).matches()) {
            wrong.add("not on the list: " + request);
        }
        if (!request.values("x-api-key").equals(List.of(BareUpstream.CREDENTIAL))) {
            wrong.add("not the one credential: " + request);
        }
        if (!request.values("host").equals(List.of(authority))) {
            wrong.add("another host: " + request);
        }
        if (request.method().equals("POST") != (request.values("content-length").size() == 1)) {
            wrong.add("no length, or one too many: " + request);
        }
        for (String header : request.headers()) {
            String name = header.substring(0, header.indexOf(':'));
            if (NEVER.contains(name) || header.contains(RequestFuzz.HIDDEN)) {
                wrong.add(name + " went through: " + request);
            }
        }
        return wrong;
    }

    String printed() {
        return helper.printed();
    }

    @Override
    public void close() throws IOException {
        helper.close();
    }
}
