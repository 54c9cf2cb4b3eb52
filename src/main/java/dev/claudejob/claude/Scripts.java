package dev.claudejob.claude;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The shell scripts that run in the agent's image. They come with the Pod, so that a user's own image needs nothing of ours. */
public final class Scripts {
    private Scripts() {}

    /** Waits for the helper, runs {@code claude}, keeps its events and exit code. Its arguments are claude's. */
    public static String run() {
        return read("run.sh");
    }

    /** Checks out CLAUDEJOB_GIT_REF of CLAUDEJOB_GIT_URL into the working directory. */
    public static String checkOut() {
        return read("clone.sh");
    }

    private static String read(String name) {
        try (InputStream in = Scripts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
