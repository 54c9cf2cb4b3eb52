package dev.claudejob.summary;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a JSON object that nobody vouches for: a field of a wrong type or out of range is absent. */
public final class Fields {
    static final long LAST_SECOND = 99_999_999_999L;

    private final Map<String, @Nullable Object> object;

    private Fields(Map<String, @Nullable Object> object) {
        this.object = object;
    }

    /** The fields of {@code value}; none when it is no object. */
    public static Fields of(@Nullable Object value) {
        @Nullable Map<String, @Nullable Object> object = Json.asObject(value);
        return new Fields(object == null ? Map.of() : object);
    }

    public boolean has(String name) {
        return object.containsKey(name);
    }

    /** The value as it stands: null when it is absent and when it is JSON's null. */
    public @Nullable Object value(String name) {
        return object.get(name);
    }

    public Fields object(String name) {
        return of(object.get(name));
    }

    /** An object's entries in document order. */
    public Map<String, @Nullable Object> entries(String name) {
        @Nullable Map<String, @Nullable Object> entries = Json.asObject(object.get(name));
        return entries == null ? Map.of() : entries;
    }

    public List<@Nullable Object> array(String name) {
        @Nullable List<@Nullable Object> array = Json.asArray(object.get(name));
        return array == null ? List.of() : array;
    }

    public @Nullable String string(String name) {
        return object.get(name) instanceof String string ? string : null;
    }

    public @Nullable Boolean bool(String name) {
        return object.get(name) instanceof Boolean bool ? bool : null;
    }

    /** A whole number, not negative. */
    public @Nullable Long count(String name) {
        if (object.get(name) instanceof BigDecimal number && number.signum() >= 0) {
            try {
                return number.longValueExact();
            } catch (ArithmeticException notWholeOrTooBig) {
                return null;
            }
        }
        return null;
    }

    /** A whole number, not negative, that an int holds. */
    public @Nullable Integer smallCount(String name) {
        Long count = count(name);
        return count == null || count > Integer.MAX_VALUE ? null : Integer.valueOf(count.intValue());
    }

    /** Seconds since the epoch, at most those of the year 5138: a time that every reader of times takes. */
    public @Nullable Long time(String name) {
        Long seconds = count(name);
        return seconds == null ? null : Long.valueOf(Math.min(seconds, LAST_SECOND));
    }

    /** {@link #count}, or 0. */
    public long countOrZero(String name) {
        Long count = count(name);
        return count == null ? 0 : count;
    }
}
