package dev.claudejob.helper;

import dev.claudejob.claude.ResultEvent;
import dev.claudejob.summary.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes an event that can be read of one that is too long, or has too many values: of a text there is the beginning, any other long value becomes null.
 * How long they were is added as {@link ResultEvent#CUT}. It takes whatever comes: what is no JSON object does not become one.
 */
final class EventTrimmer {
    /** Of each value of the object. */
    static final int MAX_VALUE = 256 * 1024;

    private static final int MAX_VALUES = Json.MAX_VALUES / 4;
    private static final int MAX_DEPTH = Json.MAX_DEPTH / 2;
    private static final int MAX_NAME = 64;

    private final int maxBytes;
    private final Buffer out = new Buffer();
    private final Map<String, Object> cut = new LinkedHashMap<>();

    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean overflow;

    // A member of the object: where its name and its value begin in what is kept; -1 outside.
    private int nameAt = -1;
    private String name = "";
    private int valueAt = -1;
    private int values;
    private boolean text;
    private boolean dropping;
    // Of a text: its length in UTF-8, the end of its last whole character in what is kept, and an escape that is being
    // read.
    private long length;
    private int wholeAt;
    private int hexLeft;
    private int unit;

    /** @param maxBytes what is kept of all values together */
    EventTrimmer(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    private static final class Buffer extends ByteArrayOutputStream {
        void shrinkTo(int size) {
            count = Math.min(count, size);
        }

        String from(int start) {
            return new String(buf, start, count - start, StandardCharsets.UTF_8);
        }
    }

    /** The event; null when it is too long all the same. */
    @Nullable
    String event() {
        return overflow ? null : out.from(0);
    }

    void add(byte b) {
        if (overflow) {
            return;
        }
        if (inString) {
            inString(b);
            return;
        }
        switch (b) {
            case '"' -> {
                inString = true;
                if (depth == 1 && valueAt < 0) {
                    nameAt = out.size();
                }
                keep(b);
                wholeAt = out.size();
            }
            case '{', '[' -> {
                depth++;
                text = false;
                value(b);
            }
            case '}', ']' -> {
                if (depth == 1) {
                    endValue();
                    if (!cut.isEmpty()) {
                        write(",\"" + ResultEvent.CUT + "\":" + Json.write(cut));
                    }
                }
                depth = Math.max(0, depth - 1);
                keep(b);
            }
            case ',' -> {
                if (depth == 1) {
                    endValue();
                }
                value(b);
            }
            case ':' -> {
                value(b);
                if (depth == 1 && valueAt < 0) {
                    beginValue();
                }
            }
            default -> keep(b);
        }
    }

    private void inString(byte b) {
        if (hexLeft > 0) {
            unit = unit << 4 | Math.max(0, Character.digit(b, 16));
            if (--hexLeft == 0) {
                // Half of a pair is two bytes of its four.
                count(unit < 0x80 ? 1 : unit < 0x800 || Character.isSurrogate((char) unit) ? 2 : 3);
            }
        } else if (escaped) {
            escaped = false;
            hexLeft = b == 'u' ? 4 : 0;
            unit = 0;
            count(b == 'u' ? 0 : 1);
        } else {
            if ((b & 0xc0) != 0x80) {
                wholeAt = out.size();
            }
            escaped = b == '\\';
            inString = b != '"';
            count(escaped || !inString ? 0 : 1);
        }
        keep(b);
        if (!inString && depth == 1 && nameAt >= 0 && !overflow) {
            String quoted = out.from(nameAt);
            name = quoted.length() > MAX_NAME ? "" : quoted.substring(1, quoted.length() - 1);
            nameAt = -1;
        }
    }

    private void count(int bytes) {
        length += text ? bytes : 0;
    }

    private void beginValue() {
        valueAt = out.size();
        values = 0;
        length = 0;
        text = true;
        dropping = false;
    }

    private void value(byte b) {
        values++;
        keep(b);
    }

    private void endValue() {
        if (dropping) {
            cut.put(name, length);
            write(text ? "\"" : "null");
        }
        valueAt = -1;
        dropping = false;
    }

    private void keep(byte b) {
        if (dropping) {
            length += text ? 0 : 1;
            return;
        }
        write(b);
        if (valueAt >= 0 && (out.size() - valueAt > MAX_VALUE || values > MAX_VALUES || depth > MAX_DEPTH)) {
            dropping = true;
            if (text) {
                out.shrinkTo(wholeAt);
            } else {
                length = (long) out.size() - valueAt;
                out.shrinkTo(valueAt);
            }
        }
    }

    private void write(String ascii) {
        for (byte b : ascii.getBytes(StandardCharsets.UTF_8)) {
            write(b);
        }
    }

    private void write(byte b) {
        overflow |= out.size() >= maxBytes;
        if (!overflow) {
            out.write(b);
        }
    }
}
