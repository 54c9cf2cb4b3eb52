package dev.claudejob.summary;

import dev.claudejob.summary.Json.MalformedJsonException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one text. */
final class JsonReader {
    // A number such as 1e999999999 is a few characters, but blows up when it is written out.
    private static final int MAX_NUMBER_CHARS = 128;
    private static final int MAX_EXPONENT = 400;

    private final String text;
    private int at;
    private int depth;
    private int values;

    JsonReader(String text) {
        this.text = text;
    }

    @Nullable
    Object document() throws MalformedJsonException {
        Object value = value();
        skipSpace();
        if (at < text.length()) {
            throw error("something follows the value");
        }
        return value;
    }

    private @Nullable Object value() throws MalformedJsonException {
        skipSpace();
        count();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, @Nullable Object> object() throws MalformedJsonException {
        enter();
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        skipSpace();
        if (peek() == '}') {
            leave();
            return object;
        }
        while (true) {
            skipSpace();
            if (peek() != '"') {
                throw error("a key must be a string");
            }
            count();
            String key = string();
            skipSpace();
            expect(':');
            Object value = value();
            if (object.containsKey(key)) {
                throw error("a key comes twice");
            }
            object.put(key, value);
            skipSpace();
            if (peek() == '}') {
                leave();
                return object;
            }
            expect(',');
        }
    }

    private List<@Nullable Object> array() throws MalformedJsonException {
        enter();
        List<@Nullable Object> array = new ArrayList<>();
        skipSpace();
        if (peek() == ']') {
            leave();
            return array;
        }
        while (true) {
            array.add(value());
            skipSpace();
            if (peek() == ']') {
                leave();
                return array;
            }
            expect(',');
        }
    }

    private String string() throws MalformedJsonException {
        at++;
        int start = at;
        while (at < text.length() && text.charAt(at) >= 0x20 && text.charAt(at) != '"' && text.charAt(at) != '\\') {
            at++;
        }
        if (peek() == '"') {
            return text.substring(start, at++);
        }
        StringBuilder string = new StringBuilder().append(text, start, at);
        while (true) {
            char c = next();
            if (c == '"') {
                return string.toString();
            } else if (c < 0x20) {
                throw error("a control character in a string");
            } else if (c == '\\') {
                string.append(escape());
            } else {
                string.append(c);
            }
        }
    }

    private char escape() throws MalformedJsonException {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int unit = 0;
                for (int i = 0; i < 4; i++) {
                    char digit = next();
                    int value = digit < 0x80 ? Character.digit(digit, 16) : -1;
                    if (value < 0) {
                        throw error("a bad \\u escape");
                    }
                    unit = unit << 4 | value;
                }
                yield (char) unit;
            }
            default -> throw error("a bad escape");
        };
    }

    private BigDecimal number() throws MalformedJsonException {
        int start = at;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            digits();
        }
        if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            int exponent = at;
            digits();
            if (at - exponent > 4 || Integer.parseInt(text, exponent, at, 10) > MAX_EXPONENT) {
                throw error("a number out of bounds");
            }
        }
        if (at - start > MAX_NUMBER_CHARS) {
            throw error("a number out of bounds");
        }
        return new BigDecimal(text.substring(start, at));
    }

    private void digits() throws MalformedJsonException {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw error(start < text.length() ? "not a value" : "it ends early");
        }
    }

    private @Nullable Boolean word(String word, @Nullable Boolean value) throws MalformedJsonException {
        if (!text.startsWith(word, at)) {
            throw error("not a value");
        }
        at += word.length();
        return value;
    }

    private void count() throws MalformedJsonException {
        if (++values > Json.MAX_VALUES) {
            throw error("more than " + Json.MAX_VALUES + " values");
        }
    }

    private void enter() throws MalformedJsonException {
        at++;
        if (++depth > Json.MAX_DEPTH) {
            throw error("nested deeper than " + Json.MAX_DEPTH);
        }
    }

    private void leave() {
        at++;
        depth--;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() throws MalformedJsonException {
        if (at >= text.length()) {
            throw error("it ends early");
        }
        return text.charAt(at);
    }

    private char next() throws MalformedJsonException {
        char c = peek();
        at++;
        return c;
    }

    private void expect(char wanted) throws MalformedJsonException {
        if (next() != wanted) {
            at--;
            throw error("'" + wanted + "' expected");
        }
    }

    private MalformedJsonException error(String what) {
        return new MalformedJsonException(what + " (at character " + at + ")");
    }
}
