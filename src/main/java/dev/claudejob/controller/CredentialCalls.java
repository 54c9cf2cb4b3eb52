package dev.claudejob.controller;

import dev.claudejob.act.JobListener;
import dev.claudejob.api.v1alpha1.ClaudeCredential;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.api.v1alpha1.ClaudeJobStatus;
import dev.claudejob.standing.CredentialBook;
import dev.claudejob.standing.CredentialDesk;
import dev.claudejob.standing.CredentialDesk.Calls;
import dev.claudejob.standing.Key;
import dev.claudejob.standing.Standing;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tells the desk of what happens to jobs and ClaudeCredentials, and calls those that should look again because of it. */
public final class CredentialCalls implements JobListener {
    private final CredentialDesk desk = new CredentialDesk();
    private final InstantSource clock;
    private final Bell<ClaudeJob> jobs = new Bell<>("turns", this::seen, this::gone);
    private final Bell<ClaudeCredential> credentials = new Bell<>("uses", this::seen, this::gone);

    public CredentialCalls(InstantSource clock) {
        this.clock = clock;
    }

    Bell<ClaudeJob> jobBell() {
        return jobs;
    }

    Bell<ClaudeCredential> credentialBell() {
        return credentials;
    }

    /** To be called when all caches are filled: no shared credential is used before. */
    public void open(Stream<ClaudeCredential> allCredentials, Stream<ClaudeJob> allJobs) {
        List<ClaudeCredential> knownCredentials = allCredentials.toList();
        List<ClaudeJob> knownJobs = allJobs.toList();
        desk.open(knownCredentials, knownJobs, clock.instant());
    }

    CredentialBook book(ClaudeJob job) {
        return desk.book(job, clock.instant());
    }

    void settled(ClaudeJob job) {
        pass(desk.settled(job, clock.instant()));
    }

    Optional<Standing> standing(ClaudeCredential credential) {
        return desk.standing(credential, clock.instant());
    }

    @Override
    public void statusWritten(ClaudeJob job, @Nullable ClaudeJobStatus before) {
        seen(job);
    }

    void seen(ClaudeJob job) {
        pass(desk.job(job, clock.instant()));
    }

    private void gone(ClaudeJob job) {
        pass(desk.jobGone(job, clock.instant()));
    }

    void seen(ClaudeCredential credential) {
        pass(desk.credential(credential, clock.instant()));
    }

    private void gone(ClaudeCredential credential) {
        pass(desk.credentialGone(credential, clock.instant()));
    }

    private void pass(Calls calls) {
        calls.credentials().forEach(key -> credentials.propagateEvent(id(key)));
        calls.jobs().forEach(key -> jobs.propagateEvent(id(key)));
    }

    private static ResourceID id(Key key) {
        return new ResourceID(key.name(), key.namespace());
    }
}
