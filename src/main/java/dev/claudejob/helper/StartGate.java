package dev.claudejob.helper;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lets the agent start: the wrapper in its container waits for a file. A credential that comes late so starts the job late. */
final class StartGate {
    private static final long POLL_MILLIS = 100;

    private final Path file;
    private final Readiness readiness;
    private final Log log;

    StartGate(Path file, Readiness readiness, Log log) {
        this.file = file;
        this.readiness = readiness;
        this.log = log;
    }

    /** Waits until there is a credential, however long; a problem is said once, and again when it changes. */
    void awaitReady() throws InterruptedException {
        String said = "";
        for (String problem = readiness.problem(); !problem.isEmpty(); problem = readiness.problem()) {
            if (!problem.equals(said)) {
                log.say("the agent waits: " + problem);
                said = problem;
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    void open() throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // The helper was started again: the agent runs already.
            return;
        }
        log.say("the agent may start");
    }
}
