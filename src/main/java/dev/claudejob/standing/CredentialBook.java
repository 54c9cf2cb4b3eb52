package dev.claudejob.standing;

import dev.claudejob.api.v1alpha1.ClaudeJobSpec;
import dev.claudejob.api.v1alpha1.Credential;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The ClaudeCredentials that one job names, as they stand for it at one moment.
 *
 * @param known false while the operator has not read them all yet
 * @param standings those that exist, by name
 */
public record CredentialBook(boolean known, Map<String, Standing> standings) {
    /** No ClaudeCredential exists. */
    public static final CredentialBook EMPTY = new CredentialBook(true, Map.of());

    /** Nothing can be said yet. */
    public static final CredentialBook UNKNOWN = new CredentialBook(false, Map.of());

    public CredentialBook {
        standings = Map.copyOf(standings);
    }

    public Optional<Standing> of(String name) {
        return Optional.ofNullable(standings.get(name));
    }

    /** The job's credentials, with what a ClaudeCredential is in its place. One that does not exist stays a mere reference. */
    public List<Credential> resolve(ClaudeJobSpec spec) {
        return spec.credentials().stream()
                .map(c -> c.credentialRef() == null
                        ? c
                        : of(c.credentialRef().name()).map(Standing::credential).orElse(c))
                .toList();
    }
}
