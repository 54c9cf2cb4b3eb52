package dev.claudejob.act;

import dev.claudejob.observe.View;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How to go on after a decision was carried out. */
public sealed interface Step {
    /** Something has moved: by then an event has usually come. */
    Step LOOK_AGAIN = new LookAgain(Duration.ofMillis(100));

    /** It worked: decide again from this view. */
    record Next(View view) implements Step {}

    /** Something has moved meanwhile: look again from the caches, after a pause for them to catch up. */
    record LookAgain(Duration after) implements Step {}

    /** Nothing more to do now. */
    record Done(@Nullable Instant until) implements Step {}
}
