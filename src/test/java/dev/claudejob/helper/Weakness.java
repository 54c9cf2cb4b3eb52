package dev.claudejob.helper;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A way to read requests that real servers had, and that let requests be smuggled. {@link #reads} gives what such a server understands, written
 * to the letter: a helper that has the weakness does with the bytes what ours does with that.
 */
enum Weakness {
    OBS_FOLD,
    BARE_LINE_FEED,
    SPACE_BEFORE_COLON,
    FIRST_LENGTH_WINS,
    LAST_LENGTH_WINS,
    LENGTH_WINS_OVER_CHUNKS,
    CHUNKS_WIN_OVER_LENGTH,
    SIGNED_CHUNK_SIZE,
    BLANKS_AROUND_CHUNK_SIZE,
    CHUNK_EXTENSION,
    BARE_LINE_FEED_IN_CHUNKS,
    TRAILERS,
    ABSOLUTE_TARGET,
    DECODED_TARGET,
    MERGED_SLASHES,
    OLD_VERSION,
    BODY_OF_A_REFUSED_REQUEST_LEFT_OVER;

    private static final String END = "\r\n";
    private static final Pattern HEAD_END = Pattern.compile("\r\n\r\n");
    private static final Pattern LAX_HEAD_END = Pattern.compile("\r?\n\r?\n");

    /** What could not be understood even so is left as it is, to its end. */
    String reads(String sent) {
        StringBuilder understood = new StringBuilder();
        int at = 0;
        while (at < sent.length()) {
            Matcher end = (this == BARE_LINE_FEED ? LAX_HEAD_END : HEAD_END).matcher(sent);
            if (!end.find(at)) {
                break;
            }
            List<String> head = head(sent.substring(at, end.start()));
            if (this == BODY_OF_A_REFUSED_REQUEST_LEFT_OVER
                    && !head.getFirst().matches("\\S+ /v1/(messages|models).*")) {
                at = end.end();
                continue;
            }
            understood.append(String.join(END, head)).append(END).append(END);
            at = body(sent, end.end(), head, understood);
        }
        return understood
                .append(sent, Math.min(at, sent.length()), sent.length())
                .toString();
    }

    private List<String> head(String sent) {
        String text = switch (this) {
            case OBS_FOLD -> sent.replaceAll("\r\n[ \t]+", " ");
            case BARE_LINE_FEED -> sent.replaceAll("\r?\n", END);
            case SPACE_BEFORE_COLON -> sent.replaceAll("\r\n([!-9;-~]+)[ \t]+:", "\r\n$1:");
            case ABSOLUTE_TARGET -> sent.replaceFirst("\\A([A-Z]+) https?://[^/ ]*/", "$1 /");
            case DECODED_TARGET -> sent.replaceFirst("\\A([A-Z]+) /%761/", "$1 /v1/");
            case MERGED_SLASHES -> sent.replaceFirst("\\A([A-Z]+) /v1//", "$1 /v1/");
            case OLD_VERSION -> sent.replaceFirst("\\A([^\r\n]*) HTTP/1\\.0\r\n", "$1 HTTP/1.1\r\n");
            default -> sent;
        };
        List<String> lines = new ArrayList<>(Arrays.asList(text.split(END, -1)));
        List<String> lengths = named(lines, "content-length:");
        List<String> encodings = named(lines, "transfer-encoding:");
        switch (this) {
            case FIRST_LENGTH_WINS -> lengths.stream().skip(1).forEach(lines::remove);
            case LAST_LENGTH_WINS ->
                lengths.stream().limit(Math.max(0, lengths.size() - 1)).forEach(lines::remove);
            case LENGTH_WINS_OVER_CHUNKS -> lines.removeAll(lengths.isEmpty() ? List.of() : encodings);
            case CHUNKS_WIN_OVER_LENGTH -> lines.removeAll(encodings.isEmpty() ? List.of() : lengths);
            default -> {}
        }
        return lines;
    }

    private static List<String> named(List<String> lines, String name) {
        return lines.stream()
                .skip(1)
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name))
                .toList();
    }

    /** Returns where the next request begins. */
    private int body(String sent, int from, List<String> head, StringBuilder understood) {
        List<String> lengths = named(head, "content-length:");
        List<String> encodings = named(head, "transfer-encoding:");
        if (lengths.isEmpty() && encodings.isEmpty()) {
            return from;
        }
        if (encodings.isEmpty() && lengths.size() == 1 && lengths.getFirst().matches("[^:]+: *[0-9]{1,6}")) {
            int length = Integer.parseInt(lengths.getFirst().replaceAll("[^0-9]", ""));
            int to = Math.min(sent.length(), from + length);
            understood.append(sent, from, to);
            return to;
        }
        int at = from;
        Pattern chunk = Pattern.compile(
                switch (this) {
                    case SIGNED_CHUNK_SIZE -> "()\\+?([0-9a-fA-F]{1,4})()\r\n";
                    case BLANKS_AROUND_CHUNK_SIZE -> "([ \t]*)([0-9a-fA-F]{1,4})([ \t]*)\r\n";
                    case CHUNK_EXTENSION -> "()([0-9a-fA-F]{1,4})(;[^\r\n]*)?\r\n";
                    case BARE_LINE_FEED_IN_CHUNKS -> "()([0-9a-fA-F]{1,4})()\r?\n";
                    default -> "()([0-9a-fA-F]{1,4})()\r\n";
                });
        Pattern chunkEnd = Pattern.compile(this == BARE_LINE_FEED_IN_CHUNKS ? "\r?\n" : END);
        while (true) {
            Matcher size = chunk.matcher(sent).region(at, sent.length());
            if (!size.lookingAt()) {
                understood.append(sent, at, sent.length());
                return sent.length();
            }
            int length = Integer.parseInt(size.group(2), 16);
            understood.append(size.group(2)).append(END);
            at = size.end();
            if (length == 0 && this == TRAILERS) {
                Matcher trailers = Pattern.compile("(?:[!-9;-~]+:[^\r\n]*\r\n)*")
                        .matcher(sent)
                        .region(at, sent.length());
                at = trailers.lookingAt() ? trailers.end() : at;
            }
            int to = Math.min(sent.length(), at + length);
            Matcher end = chunkEnd.matcher(sent).region(to, sent.length());
            understood.append(sent, at, to);
            if (!end.lookingAt()) {
                understood.append(sent, to, sent.length());
                return sent.length();
            }
            understood.append(END);
            at = end.end();
            if (length == 0) {
                return at;
            }
        }
    }
}
