package dev.claudejob.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The Authorization header of a request that is signed by AWS's Signature Version 4, and what it must be.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @param scope date, region, service and {@code aws4_request}
 * @param signedHeaders in the order in which they are signed
 */
record AwsSignature(String keyID, String scope, List<String> signedHeaders, String signature) {
    private static final Pattern HEADER = Pattern.compile(
            "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\S+), SignedHeaders=(\\S+), Signature=([0-9a-f]{64})");

    static AwsSignature of(StandIn.Request request) {
        Matcher header = HEADER.matcher(request.header("authorization"));
        if (!header.matches()) {
            throw new AssertionError("no signature: " + request.header("authorization"));
        }
        return new AwsSignature(
                header.group(1), header.group(2), List.of(header.group(3).split(";", -1)), header.group(4));
    }

    /** What the signature of this request by this key is. */
    String expected(StandIn.Request request, String secretAccessKey) {
        String text = "AWS4-HMAC-SHA256\n" + request.header("x-amz-date") + "\n" + scope + "\n"
                + hash(canonical(request).getBytes(UTF_8));
        byte[] key = ("AWS4" + secretAccessKey).getBytes(UTF_8);
        for (String part : scope.split("/", -1)) {
            key = hmac(key, part);
        }
        return HexFormat.of().formatHex(hmac(key, text));
    }

    private String canonical(StandIn.Request request) {
        String[] target = request.url().split("\\?", 2);
        String query = target.length == 1
                ? ""
                : Stream.of(target[1].split("&", -1))
                        .map(pair -> Stream.of((pair + "=").split("=", -1))
                                .limit(2)
                                .map(part -> encoded(URLDecoder.decode(part, UTF_8)))
                                .collect(Collectors.joining("=")))
                        .sorted()
                        .collect(Collectors.joining("&"));
        String headers = signedHeaders.stream()
                .map(name -> name + ":" + request.header(name).strip().replaceAll(" +", " ") + "\n")
                .collect(Collectors.joining());
        byte[] body =
                Base64.getDecoder().decode(request.log().path("bodyAsBase64").asText());
        return String.join(
                "\n",
                request.log().path("method").asText(),
                // Encoded as it is already: once more, but for the slashes.
                encoded(target[0]).replace("%2F", "/"),
                query,
                headers,
                String.join(";", signedHeaders),
                hash(body));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
