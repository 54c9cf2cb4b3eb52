package dev.claudejob.status;

import dev.claudejob.api.v1alpha1.Cooldown;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pause between a failed attempt and the next.
 *
 * @param retries spent so far, this one included
 * @param until when the next attempt starts; null: at once, with another credential
 * @param cooldowns the credentials that it does not use
 */
public record Rest(int retries, @Nullable Instant until, List<Cooldown> cooldowns) {}
