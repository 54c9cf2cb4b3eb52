package dev.claudejob.e2e;

import java.util.List;

/** A kind of credential, and the header in which the API sees it. The stand-in takes any value with the prefix. */
enum Kind {
    oauthToken("authorization", "Bearer ", "sk-ant-oat01-"),
    apiKey("x-api-key", "", "sk-ant-api03-");

    private final String header;
    private final String scheme;
    private final String prefix;

    Kind(String header, String scheme, String prefix) {
        this.header = header;
        this.scheme = scheme;
        this.prefix = prefix;
    }

    /** A value that only this test has. */
    String token(Space space, int number) {
        return prefix + "rotated-" + space.name() + "-" + number;
    }

    String placeholder() {
        return prefix + "placeholder";
    }

    String header() {
        return header;
    }

    /** The header's value. */
    String sent(String token) {
        return scheme + token;
    }

    /** What the header is in all others. */
    List<String> otherHeaders() {
        return List.of(values()).stream()
                .map(Kind::header)
                .filter(name -> !name.equals(header))
                .toList();
    }
}
