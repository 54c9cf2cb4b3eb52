package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;
import dev.claudejob.helper.Settings.Credential;
import dev.claudejob.summary.Summary;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Wires the helper together. Its environment is described at {@link Settings}. */
public final class Main {
    private static final int BODY_IN_MEMORY = 64 * 1024;
    // Of a heap of 32 MiB: connections and TLS take the rest when all places are taken.
    private static final long REQUESTS_IN_MEMORY = 6L * 1024 * 1024;
    /** What long requests take on disk at most, in bytes. */
    public static final long REQUESTS_ON_DISK = 256L * 1024 * 1024;

    private static final Duration EXCHANGE_PATIENCE = Duration.ofSeconds(10);

    private Main() {}

    /** Runs until TERM. Takes no arguments, or {@code --train} for a {@link Rehearsal}. */
    public static void main(String[] args) {
        // Written for people who watch a job through kubectl logs: a line must not wait for a buffer to fill.
        PrintStream out = System.out;
        Redactor redactor = new Redactor();
        Log log = new Log(out, redactor);
        try {
            boolean train = args.length == 1 && args[0].equals("--train");
            start(train ? Rehearsal.begin() : Settings.of(System.getenv()), redactor, log);
        } catch (IOException | IllegalArgumentException e) {
            String why = "the helper can't start: " + e.getMessage();
            log.say(why);
            String file = System.getenv().getOrDefault("CLAUDEJOB_TERMINATION_LOG", "/dev/termination-log");
            Ending.writeTerminationMessage(Path.of(file), Summary.none(why).toJson(Summary.MAX_BYTES), log);
            Runtime.getRuntime().halt(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void start(Settings settings, Redactor redactor, Log log) throws IOException, InterruptedException {
        Ledger ledger = new Ledger(settings.state().resolve("counts.json"), log);
        RunRecord record = new RunRecord(redactor, log);
        EventTail tail = new EventTail(settings.shared().resolve("events.jsonl"), record::line);
        endOnTerm(new Ending(settings, tail, record, ledger, log));
        Service service = settings.credentials().isEmpty()
                ? new Service(Readiness.always(), () -> {})
                : proxy(settings, ledger, redactor, log);
        new Probe(settings.probePort(), service.readiness, () -> Files.exists(settings.go()));
        tail.start();
        StartGate gate = new StartGate(settings.go(), service.readiness, log);
        gate.awaitReady();
        for (Credential credential : settings.credentials()) {
            if (credential.kind() == CredentialKind.CLAUDE_HOME) {
                new HomeFiles(folder(credential.file()), folder(settings.go()).resolve(HomeFiles.FOLDER), log)
                        .handOver();
            }
        }
        gate.open();
        // Not earlier: TLS would take time from what the agent waits for, and the agent needs longer to ask.
        service.warmUp.run();
        Thread.currentThread().join();
    }

    private static Path folder(Path file) {
        return file.toAbsolutePath().resolveSibling("");
    }

    /** @param warmUp makes the first request quicker */
    private record Service(Readiness readiness, Runnable warmUp) {}

    private static Service proxy(Settings settings, Ledger ledger, Redactor redactor, Log log) throws IOException {
        InstantSource clock = InstantSource.system();
        Trust trust = Trust.of(settings.egress().caFile());
        RequestBody.Limits bodies = new RequestBody.Limits(
                BODY_IN_MEMORY,
                Proxy.MAX_BODY,
                new Room(4 * 1024, REQUESTS_IN_MEMORY),
                settings.spool(),
                new Room(1024 * 1024, REQUESTS_ON_DISK));
        List<Lender> lenders = new ArrayList<>();
        List<HttpUpstream> upstreams = new ArrayList<>();
        for (Credential credential : settings.credentials()) {
            Dialer dialer = new Dialer(credential.upstream(), settings.egress(), trust);
            HttpUpstream upstream = new HttpUpstream(credential.upstream(), dialer);
            CredentialSource source = source(credential, upstream, bodies, redactor, log);
            Hold hold = new Hold(source, settings.hold(), ledger, log);
            upstreams.add(upstream);
            lenders.add(new Lender(lenders.size(), credential.name(), credential.kind(), source, hold, upstream));
            log.say((lenders.size() == 1 ? "lends" : "and then") + " credential " + credential.name() + " ("
                    + credential.kind().jsonName() + ") to requests for " + credential.upstream());
        }
        Roster roster = new Roster(lenders, ledger, settings.failover(), clock);
        new Proxy(
                        lenders.getFirst().kind(),
                        new Relay(roster, ledger, clock, log),
                        ledger,
                        bodies,
                        settings.maxOutputTokens())
                .listen(settings.listen());
        return new Service(roster::problem, upstreams.getFirst()::warmUp);
    }

    private static CredentialSource source(
            Credential credential, Upstream upstream, RequestBody.Limits bodies, Redactor redactor, Log log) {
        if (credential.kind() == CredentialKind.CLAUDE_HOME) {
            return new HomeCredential(credential.name(), credential.file(), redactor, InstantSource.system());
        }
        CredentialFile file = new CredentialFile(credential.name(), credential.file(), redactor);
        if (credential.federation() == null) {
            return file;
        }
        TokenExchange exchange =
                new TokenExchange(upstream, credential.federation(), bodies, EXCHANGE_PATIENCE, redactor);
        FederatedToken token = new FederatedToken(file, exchange, redactor, new SteadyClock(), log);
        // Ahead of the first request, which else would wait for it.
        Thread.startVirtualThread(token::read);
        return token;
    }

    private static void endOnTerm(Ending ending) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("end").unstarted(() -> {
            try {
                ending.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                // A stop on request is no failure, and the JVM would say 143.
                Runtime.getRuntime().halt(0);
            }
        }));
    }
}
