package dev.claudejob.helper;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Makes what an agent may send: from a seed, always the same. */
final class RequestFuzz {
    /** Stands in requests that are hidden in others; no upstream may ever see it outside a body. */
    static final String HIDDEN = "hidden-request";

    enum Kind {
        /** Every request of it is to arrive, as it was. */
        GOOD,
        /** The last request of it is to be refused, and the connection closed. */
        BAD,
        /** Bytes were changed at random: whatever comes of it must be harmless. */
        NOISE
    }

    /**
     * @param what for people
     * @param bytes all that is sent
     * @param good how many good requests there are, before a bad one
     * @param bodies of the good ones
     */
    record Case(Kind kind, String what, byte[] bytes, int good, List<String> bodies) {}

    private static final String[] TARGETS = {
        "/v1/messages/../files",
        "/v1/models/..",
        "/v1/models/../x",
        "/v1/models/%2e%2e",
        "/v1/models/a%2fb",
        "/v1//messages",
        "/%761/messages",
        "/v1/messages%00",
        "/v1/messages;x",
        "/v1/messages/",
        "/V1/messages",
        "//evil.example/v1/messages",
        "/v1/messages/batches",
        "/v1/organizations/me",
        "/v1/files",
        "/",
        "/./v1/messages",
        "/v1/messages/count_tokens/",
        "http://evil.example/v1/messages",
        "https://evil.example/v1/messages",
        "evil.example:443",
        "*",
        "v1/messages",
        "/v1/messages#x",
        "/v1\\messages",
        "/v1/mes\u00e9",
        "/v1/messages\t",
        "\\v1\\messages",
        "",
        "/v1/messages /v1/x",
        "/v1/messages?a b",
        "/v1/messages?%zz",
        "/v1/messages?\u0000",
        "/v1/messages?\u007f"
    };

    private static final String[] LINES = {
        "POST  /v1/messages HTTP/1.1",
        " POST /v1/messages HTTP/1.1",
        "POST /v1/messages  HTTP/1.1",
        "POST\t/v1/messages\tHTTP/1.1",
        "post /v1/messages HTTP/1.1",
        "POST /v1/messages HTTP/1.0",
        "POST /v1/messages HTTP/0.9",
        "POST /v1/messages",
        "GET /v1/models",
        "POST /v1/messages HTTP/2.0",
        "PRI * HTTP/2.0",
        "POST /v1/messages HTTP/1.1x",
        "POST /v1/messages http/1.1",
        "POST /v1/messages HTTP/1.1 ",
        "CONNECT evil.example:443 HTTP/1.1",
        "TRACE / HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "PUT /v1/messages HTTP/1.1",
        "P\u00d6ST /v1/messages HTTP/1.1",
        "/v1/messages HTTP/1.1",
        "\u0016\u0003\u0001",
        "",
        "POST /v1/messages HTTP/1.1\rx"
    };

    private static final String[] HEADERS = {
        "content-length: 3",
        "content-length: %d",
        "Content-Length: %d, %d",
        "content-length: +%d",
        "content-length: 0x3",
        "content-length: ",
        "content-length: 99999999999999999999",
        "content-length: -1",
        "content-length : %d",
        "content-length: %d\u00a0",
        "content-length\t: 3",
        "transfer-encoding: chunked",
        "Transfer-Encoding : chunked",
        "transfer-encoding: identity",
        "transfer-encoding: xchunked",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: chunked, identity",
        "transfer-encoding:\u000bchunked",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "transfer-encoding:\r\n chunked",
        "x-a: b\r\n continued",
        "x-a: b\r\n\tcontinued",
        "x-a: b\nx-b: c",
        "x-a: b\rx-b: c",
        "x-a: b\r\r\nx-b: c",
        "x-a: \u0000",
        "x-a: \u0007",
        "x-a",
        ": x",
        " x-a: b",
        "x a: b",
        "x-a : b",
        "x(a): b",
        "x\u00e9: b",
        "host: evil.example",
        "host: x\r\nhost: y",
        "expect: 200-ok",
        "x\u0000: y",
        "x-a: b\n",
        "@: x",
        "transfer-encoding: chunked\u0000"
    };

    private static final String[] CHUNKS = {
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3;ext=1\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nabc0\r\n\r\n",
        "3\r\r\nabc\r\n0\r\n\r\n",
        "00000000000000003\r\nabc\r\n0\r\n\r\n",
        "ffffffffffffffff\r\nabc",
        "\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nx-a: b\r\n\r\n",
        "3\r\nabc\r\n0\r\n\n",
        "3\r\nabc\r\n0;x\r\n\r\n",
        "g\r\n",
        "\u0663\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nPOST /v1/messages HTTP/1.1\r\n\r\n"
    };

    private final Random random;
    private final String id;
    private final StringBuilder text = new StringBuilder();
    private final List<String> bodies = new ArrayList<>();
    private boolean hides = true;

    private RequestFuzz(long seed) {
        random = new Random(seed);
        id = "case-" + seed;
    }

    static Case of(long seed) {
        return new RequestFuzz(seed).make();
    }

    private Case make() {
        int good = random.nextInt(3);
        return switch (random.nextInt(6)) {
            case 0 -> {
                good(good + 1);
                yield done(Kind.GOOD, "good", good + 1);
            }
            case 1 -> {
                // A changed length may rightly make a request of what was hidden.
                hides = false;
                good(good + 1);
                yield noise(good + 1);
            }
            default -> {
                good(good);
                yield done(Kind.BAD, bad(), good);
            }
        };
    }

    private Case done(Kind kind, String what, int good) {
        return new Case(kind, id + " " + what, text.toString().getBytes(StandardCharsets.ISO_8859_1), good, bodies);
    }

    private <T> T one(T[] of) {
        return of[random.nextInt(of.length)];
    }

    /** A request that would spend the credential if anyone took it for one. */
    private static String hidden() {
        return "POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-id: " + HIDDEN + "\r\ncontent-length: 0\r\n\r\n";
    }

    private void good(int count) {
        for (int i = 0; i < count; i++) {
            String body = "{\"" + id + "-" + i + "\":\"" + "x".repeat(random.nextInt(200))
                    + (hides && random.nextBoolean() ? hidden() : "") + "\"}";
            if (random.nextInt(5) == 0) {
                body = "";
                head("GET /v1/models" + one(new String[] {"", "/claude-x", "?limit=1", "/a:b@c"}) + " HTTP/1.1");
                text.append("\r\n");
            } else {
                head("POST /v1/messages" + one(new String[] {"", "?beta=true", "/count_tokens", "?x=../../y"})
                        + " HTTP/1.1");
                if (random.nextBoolean()) {
                    text.append("Content-Length:")
                            .append(" ".repeat(random.nextInt(3)))
                            .append(body.length())
                            .append("\r\n\r\n")
                            .append(body);
                } else {
                    text.append("transfer-encoding: Chunked\r\n\r\n");
                    chunks(body);
                }
            }
            bodies.add(body);
        }
    }

    private void chunks(String body) {
        for (int at = 0; at < body.length(); ) {
            int n = Math.min(body.length() - at, 1 + random.nextInt(80));
            String size = Integer.toHexString(n);
            text.append(random.nextBoolean() ? "0" + size : size.toUpperCase(Locale.ROOT))
                    .append("\r\n");
            text.append(body, at, at + n).append("\r\n");
            at += n;
        }
        text.append("0\r\n\r\n");
    }

    private void head(String line) {
        text.append(line)
                .append("\r\n")
                .append(one(new String[] {"Host", "host", "HOST"}))
                .append(": 127.0.0.1:8787\r\nx-id: ")
                .append(id)
                .append("\r\n");
        String[] extra = {
            "x-api-key: stolen",
            "X-API-KEY: stolen",
            "Authorization: Bearer stolen",
            "authorization: Bearer stolen",
            "cookie: a=stolen",
            "proxy-authorization: Basic stolen",
            "X-Goog-Api-Key: stolen",
            "api-key: stolen",
            "x-amz-security-token: stolen",
            "connection: x-api-key",
            "connection: content-length, host",
            "Connection: keep-alive",
            "te: trailers",
            "upgrade: h2c",
            "keep-alive: 5",
            "trailer: x-api-key",
            "x-empty:",
            "x-latin: \u00e9\u00e8",
            "accept-encoding: gzip",
            "anthropic-beta: a,oauth-2025-04-20",
            "content-type: application/json",
            "x_api_key: not-a-credential",
            "proxy-connection: keep-alive"
        };
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(one(extra)).append("\r\n");
        }
    }

    /** Appends one request that must be refused, with another hidden behind it. */
    private String bad() {
        String body = "x".repeat(random.nextInt(30)) + hidden();
        return switch (random.nextInt(8)) {
            case 0 -> {
                String target = one(TARGETS);
                head((random.nextBoolean() ? "POST " : "GET ") + target + " HTTP/1.1");
                text.append("content-length: ")
                        .append(body.length())
                        .append("\r\n\r\n")
                        .append(body);
                yield "target " + target;
            }
            case 1 -> {
                String line = one(LINES);
                head(line);
                text.append("content-length: ")
                        .append(body.length())
                        .append("\r\n\r\n")
                        .append(body);
                yield "line " + line;
            }
            case 2, 3 -> {
                String header = one(HEADERS).replace("%d", Integer.toString(body.length()));
                head("POST /v1/messages HTTP/1.1");
                if (random.nextBoolean()) {
                    text.append(header).append("\r\ncontent-length: ").append(body.length());
                } else {
                    text.append("content-length: ")
                            .append(body.length())
                            .append("\r\n")
                            .append(header);
                }
                text.append("\r\n\r\n")
                        .append(random.nextBoolean() ? "0\r\n\r\n" : "")
                        .append(body);
                yield "header " + header;
            }
            case 4, 5 -> {
                String chunk = one(CHUNKS);
                head("POST /v1/messages HTTP/1.1");
                text.append("transfer-encoding: chunked\r\n\r\n")
                        .append(random.nextBoolean() ? "1\r\nx\r\n" : "")
                        .append(chunk)
                        .append(hidden());
                yield "chunk " + chunk;
            }
            case 6 -> {
                int from = text.length();
                head("POST /v1/messages HTTP/1.1");
                text.append("content-length: ").append(body.length()).append("\r\n\r\n");
                String head = text.substring(from);
                text.setLength(from);
                // Every line end of a head, or only one, without its CR or its LF.
                text.append(
                        switch (random.nextInt(3)) {
                            case 0 -> head.replace("\r\n", "\n");
                            case 1 -> head.replaceFirst("\r\n", "\n");
                            default -> head.replaceFirst("\r\n", "\r");
                        });
                text.append(body);
                yield "line ends";
            }
            default -> {
                boolean many = random.nextBoolean();
                head("POST /v1/messages HTTP/1.1");
                text.append(many ? "x-a: b\r\n".repeat(250) : "x-a: " + "b".repeat(70_000) + "\r\n");
                text.append("content-length: ")
                        .append(body.length())
                        .append("\r\n\r\n")
                        .append(body);
                yield many ? "many headers" : "a huge header";
            }
        };
    }

    private Case noise(int good) {
        Case clean = done(Kind.NOISE, "noise", good);
        byte[] bytes = clean.bytes();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return clean;
    }
}
