package dev.claudejob.act;

import dev.claudejob.observe.View;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How to go on after a decision was carried out. */
public sealed interface Step {
    /** It worked: decide again from this view. */
    record Next(View view) implements Step {}

    /** Something has moved meanwhile: look again from the caches, after a pause for them to catch up. */
    record LookAgain(Duration after) implements Step {}

    /** Nothing more to do now. */
    record Done(@Nullable Instant until) implements Step {}
}
