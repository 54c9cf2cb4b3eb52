package dev.claudejob.helper;

import java.io.IOException;

/** No authority that this Pod knows vouches for the upstream: only another Pod, with another bundle, may find it otherwise. */
final class NotTrustedException extends IOException {
    private static final long serialVersionUID = 1L;

    NotTrustedException(String message, Throwable cause) {
        super(message, cause);
    }
}
