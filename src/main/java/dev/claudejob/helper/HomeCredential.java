package dev.claudejob.helper;

import dev.claudejob.credential.Token;
import dev.claudejob.credential.Token.InvalidTokenException;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The access token in a {@code .credentials.json} as Claude Code 2.1.330 writes it: {@code claudeAiOauth.accessToken} and {@code expiresAt}
 * (ms). Its refresh token is not used: each use replaces it, and the new one would be lost with the Pod.
 */
final class HomeCredential implements CredentialSource {
    private static final int MAX_BYTES = 256 * 1024;

    private final String name;
    private final Path file;
    private final Redactor redactor;
    private final InstantSource clock;

    HomeCredential(String name, Path file, Redactor redactor, InstantSource clock) {
        this.name = name;
        this.file = file;
        this.redactor = redactor;
        this.clock = clock;
    }

    private record Content(Token token, @Nullable Instant expiresAt) {}

    private Content content() throws IOException, MalformedJsonException, InvalidTokenException {
        Fields oauth =
                Fields.of(Json.parse(CredentialFile.text(file, MAX_BYTES))).object("claudeAiOauth");
        String access = oauth.string("accessToken");
        String refresh = oauth.string("refreshToken");
        if (refresh != null) {
            redactor.learn(refresh);
        }
        if (access == null) {
            throw new InvalidTokenException("has no claudeAiOauth.accessToken");
        }
        redactor.learn(access);
        long millis = oauth.countOrZero("expiresAt");
        return new Content(Token.of(access), millis == 0 ? null : Instant.ofEpochMilli(millis));
    }

    private Reading reading(boolean expiredToo) {
        try {
            Content content = content();
            Instant expiresAt = content.expiresAt();
            if (!expiredToo && expiresAt != null && !expiresAt.isAfter(clock.instant())) {
                return Reading.missing(
                        "credential " + name + " has expired at " + expiresAt
                                + ": put a fresh .credentials.json into the Secret, or use a token of `claude setup-token`",
                        expiresAt);
            }
            return Reading.of(content.token(), expiresAt);
        } catch (InvalidTokenException e) {
            return Reading.missing("credential " + name + " " + e.getMessage());
        } catch (MalformedJsonException e) {
            // What is malformed is not quoted: it may be a part of the token.
            return Reading.missing("credential " + name + " is no JSON");
        } catch (NoSuchFileException e) {
            return Reading.missing("credential " + name + " is not there yet");
        } catch (IOException e) {
            return Reading.missing("credential " + name + " can't be read: " + e.getMessage());
        }
    }

    @Override
    public Reading read() {
        return reading(false);
    }

    /** An expired token lets the agent start, as one that the API refuses does: what waits for another is the request. */
    @Override
    public String problem() {
        return reading(true).problem();
    }
}
