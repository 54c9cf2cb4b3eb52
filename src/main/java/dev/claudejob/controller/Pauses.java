package dev.claudejob.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How soon to look again at an object that has moved: soon at first, and later each time that it is still not as the caches say. A cache may be
 * behind for minutes; when it has caught up, an event comes, whatever the pause. What is kept here is a matter of pace only: the oldest
 * is forgotten.
 */
final class Pauses {
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int REMEMBERED = 1000;

    private final Map<String, Duration> next = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Duration> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param first the pause when nothing was in vain before */
    synchronized Duration after(HasMetadata inVain, Duration first) {
        Duration pause = next.getOrDefault(uid(inVain), first);
        Duration twice = pause.multipliedBy(2);
        next.put(uid(inVain), twice.compareTo(LONGEST) < 0 ? twice : LONGEST);
        return pause.compareTo(first) < 0 ? first : pause;
    }

    /** It has gone on. */
    synchronized void forget(HasMetadata object) {
        next.remove(uid(object));
    }

    private static String uid(HasMetadata object) {
        return object.getMetadata().getUid();
    }
}
