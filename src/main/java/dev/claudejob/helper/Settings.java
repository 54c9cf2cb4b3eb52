package dev.claudejob.helper;

import dev.claudejob.credential.CredentialKind;
import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the operator set in the helper's environment.
 *
 * @param credentials in the order in which they are to be used; empty when the agent holds its own credential
 * @param listen where the proxy listens; loopback only
 * @param probePort for the kubelet's probes, on all addresses; 0 takes any free port
 * @param hold how long a request waits for a credential in place of a missing or refused one
 * @param failover the same when another credential can be used meanwhile
 * @param shared the agent's event directory: everything in it is agent-controlled
 * @param state a directory that only the helper can write
 * @param spool the same, for requests that are too long for memory
 * @param go the file that lets the agent start
 * @param terminationLog where the kubelet reads the summary
 * @param maxOutputTokens once so many are spent, further requests are refused; {@link #NO_LIMIT} for none
 * @param egress how upstreams are reached
 */
record Settings(
        List<Credential> credentials,
        InetSocketAddress listen,
        int probePort,
        Duration hold,
        Duration failover,
        Path shared,
        Path state,
        Path spool,
        Path go,
        Path terminationLog,
        long maxOutputTokens,
        Egress egress) {
    static final long NO_LIMIT = Long.MAX_VALUE;

    Settings {
        credentials = List.copyOf(credentials);
    }

    /**
     * One credential of the list.
     *
     * @param name secret and key, as users know it
     * @param file where its value is mounted; for {@link CredentialKind#WORKLOAD_IDENTITY} the ServiceAccount's token
     * @param federation what the token is exchanged by; null for the kinds that are sent as they are
     */
    record Credential(
            String name,
            CredentialKind kind,
            Path file,
            UpstreamAddress upstream,
            @Nullable Federation federation) {}

    /**
     * Whom the vendor is to take a workload for.
     *
     * @param workspaceID needed when the rule allows several; null otherwise
     */
    record Federation(
            String ruleID,
            String organizationID,
            String serviceAccountID,
            @Nullable String workspaceID) {}

    /** Reads the environment; an error says which variable is wrong, and how. */
    static Settings of(Map<String, String> environment) {
        Reader reader = new Reader(environment);
        return new Settings(
                reader.credentials(),
                reader.listen(),
                reader.number("CLAUDEJOB_PROBE_PORT", 8788, 65535),
                Duration.ofSeconds(reader.number("CLAUDEJOB_HOLD_SECONDS", 90, 3600)),
                Duration.ofSeconds(reader.number("CLAUDEJOB_FAILOVER_SECONDS", 10, 3600)),
                Path.of(reader.text("CLAUDEJOB_SHARED", "/claudejob")),
                Path.of(reader.text("CLAUDEJOB_STATE", "/state")),
                Path.of(reader.text("CLAUDEJOB_SPOOL", "/tmp")),
                Path.of(reader.text("CLAUDEJOB_GO", "/go/go")),
                Path.of(reader.text("CLAUDEJOB_TERMINATION_LOG", "/dev/termination-log")),
                reader.outputTokens(),
                Egress.of(environment));
    }

    private record Reader(Map<String, String> environment) {
        String text(String name, String otherwise) {
            String value = environment.getOrDefault(name, "");
            return value.isEmpty() ? otherwise : value;
        }

        int number(String name, int otherwise, int max) {
            String value = text(name, Integer.toString(otherwise));
            if (!value.matches("[0-9]{1,6}") || Integer.parseInt(value) > max) {
                throw new IllegalArgumentException(name + " must be a number from 0 to " + max);
            }
            return Integer.parseInt(value);
        }

        long outputTokens() {
            String value = text("CLAUDEJOB_MAX_OUTPUT_TOKENS", Long.toString(NO_LIMIT));
            if (!value.matches("[0-9]{1,18}") && !value.equals(Long.toString(NO_LIMIT))) {
                throw new IllegalArgumentException("CLAUDEJOB_MAX_OUTPUT_TOKENS must be a whole number");
            }
            return Long.parseLong(value);
        }

        InetSocketAddress listen() {
            String value = text("CLAUDEJOB_LISTEN", "127.0.0.1:8787");
            // The proxy lends the credential to whoever reaches it: nothing but loopback will do.
            if (!value.matches("127\\.0\\.0\\.1:[0-9]{1,5}")) {
                throw new IllegalArgumentException("CLAUDEJOB_LISTEN must be 127.0.0.1:<port>");
            }
            try {
                InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
                return new InetSocketAddress(loopback, Integer.parseInt(value.substring(value.indexOf(':') + 1)));
            } catch (UnknownHostException e) {
                throw new IllegalStateException("four bytes are an address", e);
            }
        }

        List<Credential> credentials() {
            List<Credential> credentials = new ArrayList<>();
            try {
                Object list = Json.parse(text("CLAUDEJOB_CREDENTIALS", "[]"));
                if (!(list instanceof List<?> entries)) {
                    throw new IllegalArgumentException("CLAUDEJOB_CREDENTIALS must be a JSON array");
                }
                for (Object entry : entries) {
                    credentials.add(credential(Fields.of(entry)));
                }
            } catch (MalformedJsonException e) {
                throw new IllegalArgumentException("CLAUDEJOB_CREDENTIALS: " + e.getMessage(), e);
            }
            return credentials;
        }

        private static Credential credential(Fields entry) {
            String kind = required(entry, "kind");
            CredentialKind known = CredentialKind.ofJsonName(kind)
                    .filter(CredentialKind::byHelper)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "CLAUDEJOB_CREDENTIALS: this helper does not know the kind " + kind));
            return new Credential(
                    required(entry, "name"),
                    known,
                    Path.of(required(entry, "file")),
                    UpstreamAddress.of(required(entry, "upstream")),
                    known == CredentialKind.WORKLOAD_IDENTITY ? federation(entry.object("federation")) : null);
        }

        private static Federation federation(Fields federation) {
            return new Federation(
                    required(federation, "ruleID"),
                    required(federation, "organizationID"),
                    required(federation, "serviceAccountID"),
                    federation.string("workspaceID"));
        }

        private static String required(Fields entry, String name) {
            String value = entry.string(name);
            if (value == null || value.isEmpty()) {
                throw new IllegalArgumentException("CLAUDEJOB_CREDENTIALS: every entry needs " + name);
            }
            return value;
        }
    }
}
