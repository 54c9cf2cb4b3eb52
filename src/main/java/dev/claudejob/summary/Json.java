package dev.claudejob.summary;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A strict JSON reader (RFC 8259) and writer that needs the JDK only, because the helper carries no library.
 *
 * <p>Values are {@code Map<String, Object>} (in document order), {@code List<Object>}, {@link String}, {@link BigDecimal}, {@link
 * Boolean} and {@code null}. Input is bounded (see the constants), so that hostile text costs no more memory than its own length.
 */
public final class Json {
    /** Objects and arrays may nest this deep. */
    public static final int MAX_DEPTH = 64;

    /** So many values one text may hold, keys among them: in memory "[[],[],..." takes twenty times its own length. */
    public static final int MAX_VALUES = 50_000;

    /** Longest text that is read, in UTF-16 units. */
    public static final int MAX_CHARS = 16 * 1024 * 1024;

    private Json() {}

    /** The text is not JSON, or exceeds a bound. The message tells where, and never quotes the text. */
    public static final class MalformedJsonException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedJsonException(String message) {
            super(message);
        }
    }

    /** Reads one JSON value; anything but white space after it is an error, and so is a key that comes twice. */
    public static @Nullable Object parse(String text) throws MalformedJsonException {
        if (text.length() > MAX_CHARS) {
            throw new MalformedJsonException("longer than " + MAX_CHARS + " characters");
        }
        return new JsonReader(text).document();
    }

    /** Reads a JSON object; any other value is an error. */
    public static Map<String, @Nullable Object> parseObject(String text) throws MalformedJsonException {
        @Nullable Map<String, @Nullable Object> object = asObject(parse(text));
        if (object == null) {
            throw new MalformedJsonException("not a JSON object");
        }
        return object;
    }

    /** The value as an object, or null when it is anything else. */
    @SuppressWarnings("unchecked") // the reader makes maps with String keys only
    public static @Nullable Map<String, @Nullable Object> asObject(@Nullable Object value) {
        return value instanceof Map<?, ?> ? (Map<String, @Nullable Object>) value : null;
    }

    /** The value as an array, or null when it is anything else. */
    @SuppressWarnings("unchecked") // a list of anything is a list of Object to a reader
    public static @Nullable List<@Nullable Object> asArray(@Nullable Object value) {
        return value instanceof List<?> ? (List<@Nullable Object>) value : null;
    }

    /** Writes a value compactly. Lone surrogates, which UTF-8 can't carry, become U+FFFD. */
    public static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        writeTo(out, value);
        return out.toString();
    }

    private static void writeTo(StringBuilder out, @Nullable Object value) {
        switch (value) {
            case null -> out.append("null");
            case Map<?, ?> map -> {
                char separator = '{';
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator);
                    quote(out, String.valueOf(entry.getKey()));
                    out.append(':');
                    writeTo(out, entry.getValue());
                    separator = ',';
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                char separator = '[';
                for (Object element : list) {
                    out.append(separator);
                    writeTo(out, element);
                    separator = ',';
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case String string -> quote(out, string);
            case Boolean bool -> out.append(bool);
            case BigDecimal number -> out.append(number);
            case Integer number -> out.append(number);
            case Long number -> out.append(number);
            default -> throw new IllegalArgumentException("not a JSON value: " + value.getClass());
        }
    }

    private static void quote(StringBuilder out, String string) {
        out.append('"');
        for (int i = 0; i < string.length(); ) {
            int codePoint = string.codePointAt(i);
            i += Character.charCount(codePoint);
            appendEscaped(out, codePoint);
        }
        out.append('"');
    }

    private static void appendEscaped(StringBuilder out, int codePoint) {
        switch (codePoint) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> {
                if (codePoint < 0x20 || codePoint == 0x7f || codePoint == 0x2028 || codePoint == 0x2029) {
                    out.append("\\u").append(Character.forDigit(codePoint >> 12, 16));
                    out.append(Character.forDigit(codePoint >> 8 & 15, 16));
                    out.append(Character.forDigit(codePoint >> 4 & 15, 16));
                    out.append(Character.forDigit(codePoint & 15, 16));
                } else {
                    out.appendCodePoint(isLoneSurrogate(codePoint) ? 0xFFFD : codePoint);
                }
            }
        }
    }

    private static boolean isLoneSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    /** UTF-8 bytes the code point takes inside a JSON string as {@link #write} puts it. */
    static int writtenBytes(int codePoint) {
        return switch (codePoint) {
            case '"', '\\', '\n', '\r', '\t' -> 2;
            case 0x7f, 0x2028, 0x2029 -> 6;
            default -> {
                if (codePoint < 0x20) {
                    yield 6;
                }
                if (codePoint < 0x80) {
                    yield 1;
                }
                yield codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
            }
        };
    }

    /** The longest prefix of whole code points that takes at most {@code maxBytes} inside a JSON string. */
    static String prefix(String string, int maxBytes) {
        int left = maxBytes;
        int i = 0;
        while (i < string.length()) {
            int codePoint = string.codePointAt(i);
            left -= writtenBytes(codePoint);
            if (left < 0) {
                return string.substring(0, i);
            }
            i += Character.charCount(codePoint);
        }
        return string;
    }
}
