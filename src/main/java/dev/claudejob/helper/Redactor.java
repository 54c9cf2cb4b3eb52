package dev.claudejob.helper;

import dev.claudejob.summary.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the credentials' values out of whatever the helper writes: as they stand, as JSON escapes them, and in base64 (both
 * alphabets, at any offset). Best effort: it can't know a value that was encoded in another way or split.
 *
 * <p>Thread-safe.
 */
final class Redactor {
    private static final String MARK = "[redacted]";
    // No credential is shorter, and so short a form would hit innocent text.
    private static final int MIN_VALUE = 8;
    private static final int MAX_VALUES = 64;

    private final Set<String> values = new LinkedHashSet<>();
    private volatile List<String> patterns = List.of();

    /** Remembers a value; the oldest is forgotten after {@value #MAX_VALUES} others. */
    synchronized void learn(String value) {
        if (value.length() < MIN_VALUE || !values.add(value)) {
            return;
        }
        if (values.size() > MAX_VALUES) {
            values.remove(values.iterator().next());
        }
        Set<String> forms = new LinkedHashSet<>();
        values.forEach(known -> addForms(known, forms));
        List<String> sorted = new ArrayList<>(forms);
        // The longest first: a form that contains another must go as a whole. Comparator's own ways to say it can't be
        // in an AOT cache, and take
        // milliseconds of the start.
        sorted.sort((one, other) -> Integer.compare(other.length(), one.length()));
        patterns = List.copyOf(sorted);
    }

    private static void addForms(String value, Set<String> forms) {
        forms.add(value);
        if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '\\')) {
            String quoted = Json.write(value);
            forms.add(quoted.substring(1, quoted.length() - 1));
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        for (int offset = 0; offset < 3; offset++) {
            byte[] shifted = new byte[offset + bytes.length];
            System.arraycopy(bytes, 0, shifted, offset, bytes.length);
            // Characters that mix in bits of a neighbour are left out: they vary.
            int start = offset == 0 ? 0 : offset + 1;
            int end = shifted.length * 8 / 6;
            for (Base64.Encoder encoder : Arrays.asList(Base64.getEncoder(), Base64.getUrlEncoder())) {
                forms.add(encoder.encodeToString(shifted).substring(start, end));
            }
        }
    }

    /** How many characters the longest value takes that is known. */
    int longest() {
        List<String> known = patterns;
        return known.isEmpty() ? 0 : known.getFirst().length();
    }

    String redact(String text) {
        String redacted = text;
        for (String pattern : patterns) {
            redacted = redacted.replace(pattern, MARK);
        }
        return redacted;
    }

    /** Redacts every string in a JSON value, keys too. Changes the value itself: a copy of a large one would be costly. */
    @Nullable
    Object redactJson(@Nullable Object value) {
        if (value instanceof String string) {
            return redact(string);
        }
        List<@Nullable Object> list = Json.asArray(value);
        if (list != null) {
            list.replaceAll(this::redactJson);
        }
        Map<String, @Nullable Object> map = Json.asObject(value);
        if (map != null) {
            map.replaceAll((key, element) -> redactJson(element));
            for (String key : List.copyOf(map.keySet())) {
                String redacted = redact(key);
                if (!redacted.equals(key)) {
                    map.put(redacted, map.remove(key));
                }
            }
        }
        return value;
    }
}
