package dev.claudejob.helper;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks a few values out of a JSON object that passes by in pieces, without keeping the rest. It takes whatever comes: what is no JSON yields
 * nothing, or nonsense that the reader of a picked value refuses.
 */
final class JsonSkimmer {
    /** A longer value is not picked. */
    static final int MAX_VALUE = 64 * 1024;

    // Paths have one name or two; a longer name is none of them.
    private static final int MAX_PATH = 2;
    private static final int MAX_NAME = 64;

    private final Set<String> wanted;
    private final Map<String, String> picked = new HashMap<>();
    private final boolean[] object = new boolean[MAX_PATH + 1];
    private final String[] names = new String[MAX_PATH + 1];
    private final ByteArrayOutputStream name = new ByteArrayOutputStream();
    private final ByteArrayOutputStream value = new ByteArrayOutputStream();

    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean naming;
    private boolean nameNext;
    private @Nullable String picking;
    private int pickDepth;
    private boolean ambiguous;

    /** @param wanted paths such as {@code usage} and {@code message.usage} */
    JsonSkimmer(Set<String> wanted) {
        this.wanted = wanted;
    }

    /** A value's JSON text, once it has passed whole; of two at the same place the last. */
    @Nullable
    String picked(String path) {
        return picked.get(path);
    }

    /** Whether another reader may find another value at a wanted place: the name is there twice, in other letters, or a name is escaped. */
    boolean ambiguous() {
        return ambiguous;
    }

    void add(byte b) {
        if (inString) {
            inString(b);
            return;
        }
        switch (b) {
            case '"' -> {
                inString = true;
                naming = nameNext;
                name.reset();
                keep(b);
            }
            case '{', '[' -> {
                keep(b);
                depth++;
                nameNext = depth <= MAX_PATH && b == '{';
                if (depth <= MAX_PATH) {
                    object[depth] = nameNext;
                    names[depth] = "";
                }
            }
            case '}', ']' -> {
                end();
                keep(b);
                depth = Math.max(0, depth - 1);
                nameNext = false;
            }
            case ',' -> {
                end();
                keep(b);
                nameNext = depth > 0 && depth <= MAX_PATH && object[depth];
            }
            case ':' -> {
                keep(b);
                nameNext = false;
                begin();
            }
            default -> keep(b);
        }
    }

    private void inString(byte b) {
        keep(b);
        if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
            ambiguous |= naming;
        } else if (b == '"') {
            inString = false;
            if (naming) {
                names[depth] = name.size() > MAX_NAME ? "" : name.toString(StandardCharsets.UTF_8);
            }
            return;
        }
        if (naming && name.size() <= MAX_NAME) {
            name.write(b);
        }
    }

    private void begin() {
        if (picking != null || depth < 1 || depth > MAX_PATH) {
            return;
        }
        for (int i = 1; i <= depth; i++) {
            if (!object[i] || names[i].isEmpty()) {
                return;
            }
        }
        String path = depth == 1 ? names[1] : names[1] + "." + names[2];
        if (wanted.contains(path)) {
            ambiguous |= picked.containsKey(path);
            picking = path;
            pickDepth = depth;
            value.reset();
        } else {
            for (String other : wanted) {
                ambiguous |= path.equalsIgnoreCase(other);
            }
        }
    }

    private void keep(byte b) {
        if (picking == null) {
            return;
        }
        value.write(b);
        if (value.size() > MAX_VALUE) {
            picking = null;
        }
    }

    private void end() {
        if (picking != null && depth == pickDepth) {
            picked.put(picking, value.toString(StandardCharsets.UTF_8).strip());
            picking = null;
        }
    }
}
