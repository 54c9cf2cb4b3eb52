package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import dev.claudejob.credential.Token.InvalidTokenException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A credential in a mounted Secret. It is read anew each time: the kubelet swaps a symlink when the Secret changes, so a rotated
 * value is there for the next request. Every value read is made known to the redactor.
 */
final class CredentialFile implements CredentialSource {
    private static final int MAX_BYTES = 2 * Token.MAX_LENGTH;

    private final String name;
    private final Path file;
    private final Redactor redactor;

    CredentialFile(String name, Path file, Redactor redactor) {
        this.name = name;
        this.file = file;
        this.redactor = redactor;
    }

    @Override
    public Reading read() {
        try {
            Token token = Token.of(text(file, MAX_BYTES));
            redactor.learn(token.value());
            return Reading.of(token);
        } catch (InvalidTokenException e) {
            return Reading.missing("credential " + name + " " + e.getMessage());
        } catch (NoSuchFileException e) {
            return Reading.missing("credential " + name + " is not there yet");
        } catch (IOException e) {
            // The message is the path and what the system said of it, never content.
            return Reading.missing("credential " + name + " can't be read: " + e.getMessage());
        }
    }

    @Override
    public String problem() {
        return read().problem();
    }

    /**
     * The start of a mounted file. Only the kubelet writes here, so following its symlinks is right.
     *
     * @throws NoSuchFileException when there is no regular file
     */
    static String text(Path file, int maxBytes) throws IOException {
        return new String(bytes(file, maxBytes), StandardCharsets.UTF_8);
    }

    /** The same, as bytes. */
    static byte[] bytes(Path file, int maxBytes) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        // Not through a channel, which an interrupt closes.
        try (InputStream in = new FileInputStream(file.toFile())) {
            return in.readNBytes(maxBytes);
        }
    }
}
