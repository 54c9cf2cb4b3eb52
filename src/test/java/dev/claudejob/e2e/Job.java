package dev.claudejob.e2e;

import com.fasterxml.jackson.databind.JsonNode;

/** A ClaudeJob at one moment, as kubectl printed it. What is absent reads as an empty text. */
record Job(JsonNode object) {
    JsonNode status() {
        return object.path("status");
    }

    /** A field of status by its JSON pointer, such as {@code /usage/turns}. */
    String status(String pointer) {
        return status().at(pointer).asText();
    }

    String name() {
        return object.at("/metadata/name").asText();
    }

    String phase() {
        return status("/phase");
    }

    String reason() {
        return status("/reason");
    }

    String message() {
        return status("/message");
    }

    /** Claude Code's answer, as far as status holds it. */
    String text() {
        return status("/result/text");
    }

    String session() {
        return status("/session/id");
    }

    /** The Pod of the only attempt. */
    String pod() {
        return status("/attempts/0/podName");
    }
}
