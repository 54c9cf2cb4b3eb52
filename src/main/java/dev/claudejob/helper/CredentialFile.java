package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import dev.claudejob.credential.Token.InvalidTokenException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A credential in a mounted Secret. It is read anew each time: the kubelet swaps a symlink when the Secret changes, so a rotated
 * value is there for the next request. Every value read is made known to the redactor.
 */
final class CredentialFile {
    private static final int MAX_BYTES = 2 * Token.MAX_LENGTH;

    private final String name;
    private final Path file;
    private final Redactor redactor;

    CredentialFile(String name, Path file, Redactor redactor) {
        this.name = name;
        this.file = file;
        this.redactor = redactor;
    }

    /**
     * What the file holds now.
     *
     * @param token null when there is no usable one
     * @param problem one line for people when there is no token; else empty
     */
    record Reading(@Nullable Token token, String problem) {}

    Reading read() {
        try {
            // Only the kubelet writes here, so following its symlinks is right.
            if (!Files.isRegularFile(file)) {
                return new Reading(null, "credential " + name + " is not there yet");
            }
            byte[] bytes;
            // Not through a channel, which an interrupt closes.
            try (InputStream in = new FileInputStream(file.toFile())) {
                bytes = in.readNBytes(MAX_BYTES);
            }
            Token token = Token.of(new String(bytes, StandardCharsets.UTF_8));
            redactor.learn(token.value());
            return new Reading(token, "");
        } catch (InvalidTokenException e) {
            return new Reading(null, "credential " + name + " " + e.getMessage());
        } catch (IOException e) {
            // The message is the path and what the system said of it, never content.
            return new Reading(null, "credential " + name + " can't be read: " + e.getMessage());
        }
    }
}
