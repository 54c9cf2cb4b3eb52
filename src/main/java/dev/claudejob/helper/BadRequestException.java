package dev.claudejob.helper;

import java.io.IOException;

/** The agent sent what is no HTTP/1.1 request, or none that can be read in one way only. */
final class BadRequestException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    BadRequestException(int status, String message) {
        super(message);
        this.status = status;
    }

    BadRequestException(String message) {
        this(400, message);
    }

    int status() {
        return status;
    }
}
