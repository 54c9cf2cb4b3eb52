package dev.claudejob.helper;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what an upstream received, by regular expressions over the whole of it and with no code in common with the helper. Anything that is
 * not one exact way of writing requests is an error.
 */
final class StrictParser {
    private static final Pattern HEAD = Pattern.compile(
            "\\A(GET|POST) (/[!-~]*) HTTP/1\\.1\r\n((?:[a-z0-9!#$%&'*+.^_`|~-]+: (?:[!-~\\x80-\\xff](?:[\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)?\r\n)+)\r\n");

    private StrictParser() {}

    record Seen(String method, String target, List<String> headers, String body) {
        List<String> values(String name) {
            return headers.stream()
                    .filter(header -> header.startsWith(name + ": "))
                    .map(header -> header.substring(name.length() + 2))
                    .toList();
        }
    }

    /** All requests of one connection; the last may have broken off. */
    static List<Seen> parse(String received) {
        List<Seen> requests = new ArrayList<>();
        String rest = received;
        while (!rest.isEmpty()) {
            Matcher head = HEAD.matcher(rest);
            if (!head.find()) {
                if (rest.contains("\r\n\r\n")) {
                    throw new AssertionError("the upstream received no request: " + rest);
                }
                return requests;
            }
            List<String> headers = List.of(head.group(3).split("\r\n"));
            List<String> lengths = headers.stream()
                    .filter(header -> header.startsWith("content-length: "))
                    .toList();
            if (lengths.size() > 1 || headers.stream().anyMatch(header -> header.startsWith("transfer-encoding"))) {
                throw new AssertionError("two ways to read it: " + rest);
            }
            int length =
                    lengths.isEmpty() ? 0 : Integer.parseInt(lengths.getFirst().substring(16));
            if (rest.length() < head.end() + length) {
                return requests;
            }
            requests.add(
                    new Seen(head.group(1), head.group(2), headers, rest.substring(head.end(), head.end() + length)));
            rest = rest.substring(head.end() + length);
        }
        return requests;
    }
}
