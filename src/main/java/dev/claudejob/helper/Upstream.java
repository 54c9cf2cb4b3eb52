package dev.claudejob.helper;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sends requests to the one place a credential is good for. Thread-safe. */
interface Upstream {
    /**
     * Sends a request and returns as soon as the answer's head is there.
     *
     * @param target path and query, as they stand in the request line
     * @param headers lower-case names, without Host and whatever frames the body
     * @throws IOException when there is no answer; the message is fit for people
     */
    Response send(String method, String target, Map<String, List<String>> headers, @Nullable RequestBody body)
            throws IOException;

    /** An answer whose body is still on its way. Closing it early closes the connection, which stops the upstream's work. */
    interface Response extends AutoCloseable {
        int status();

        /** Lower-case names, in the upstream's order; hop-by-hop headers among them. */
        Map<String, List<String>> headers();

        /** Ends at the body's end; a body that breaks off is an IOException. */
        InputStream body();

        @Override
        void close();

        /** The first value of a header, or null. */
        default @Nullable String header(String name) {
            List<String> values = headers().get(name);
            return values == null || values.isEmpty() ? null : values.getFirst();
        }
    }
}
