package dev.claudejob.helper;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Set;

/** How many output tokens a request allows: what it has used at most when its answer does not tell. */
final class MaxTokens {
    private static final String NAME = "max_tokens";

    private MaxTokens() {}

    /**
     * Reads it from a body.
     *
     * @param otherwise for a body that does not say, or in a way that others may read differently
     */
    static long of(RequestBody body, long otherwise) throws IOException {
        JsonSkimmer object = new JsonSkimmer(Set.of(NAME));
        body.writeTo(new OutputStream() {
            @Override
            public void write(int b) {
                object.add((byte) b);
            }

            @Override
            public void write(byte[] bytes, int offset, int count) {
                for (int i = offset; i < offset + count; i++) {
                    object.add(bytes[i]);
                }
            }
        });
        String most = object.picked(NAME);
        return most == null || object.ambiguous() || !most.matches("[0-9]{1,9}") ? otherwise : Long.parseLong(most);
    }
}
