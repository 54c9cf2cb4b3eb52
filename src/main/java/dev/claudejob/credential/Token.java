package dev.claudejob.credential;

/**
 * A credential's value: visible ASCII only, so that it can stand in a header and nowhere else than in the value.
 * Its {@link #toString} hides it.
 */
public record Token(String value) {
    /** Longest value in characters; the longest known kind is a few KiB. */
    public static final int MAX_LENGTH = 16 * 1024;

    /** Why a value can't be a credential. The message never contains any of the value. */
    public static final class InvalidTokenException extends Exception {
        private static final long serialVersionUID = 1L;

        public InvalidTokenException(String message) {
            super(message);
        }
    }

    /** Trims white space (a file made with echo ends in a newline) and refuses what would be no header value. */
    public static Token of(String raw) throws InvalidTokenException {
        String value = raw.strip();
        if (value.isEmpty()) {
            throw new InvalidTokenException("is empty");
        }
        if (value.length() > MAX_LENGTH) {
            throw new InvalidTokenException("is longer than " + MAX_LENGTH + " characters");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\n' || c == '\r') {
                throw new InvalidTokenException("has more than one line");
            }
            if (c <= ' ' || c > '~') {
                throw new InvalidTokenException("has a space, a control character or a non-ASCII character inside");
            }
        }
        return new Token(value);
    }

    /** Never the value. */
    @Override
    public String toString() {
        return "[token]";
    }
}
