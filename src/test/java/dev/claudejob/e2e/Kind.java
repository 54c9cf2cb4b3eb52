package dev.claudejob.e2e;

import java.util.List;

/** A kind of credential, and the header in which the API sees it. Of the first two the stand-in takes any value that is made here. */
enum Kind {
    oauthToken("oauthToken: {SECRET}", "authorization", "Bearer ", "sk-ant-oat01-"),
    apiKey("apiKey: {SECRET}", "x-api-key", "", "sk-ant-api03-"),
    authToken("authToken: {SECRET, upstream: gateway}", "authorization", "Bearer ", "gateway-"),
    foundry("foundry: {resource: made-up, apiKey: {SECRET}}", "x-api-key", "", "foundry-");

    private final String credential;
    private final String header;
    private final String scheme;
    private final String prefix;

    Kind(String credential, String header, String scheme, String prefix) {
        this.credential = credential.replace("SECRET", "secretKeyRef: {name: late, key: token}");
        this.header = header;
        this.scheme = scheme;
        this.prefix = prefix;
    }

    /** A job's credential, in the Secret of {@code secret-late.yaml}. */
    String credential() {
        return credential;
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
                .distinct()
                .filter(name -> !name.equals(header))
                .toList();
    }
}
