package dev.claudejob.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.function.Consumer;

/** Lets others call for a look at an object of a controller, and tells them of each that comes, changes or goes: also of those deleted. */
final class Bell<P extends HasMetadata> extends SimpleInboundEventSource<P> implements ResourceEventAware<P> {
    private final Consumer<P> seen;
    private final Consumer<P> gone;

    Bell(String name, Consumer<P> seen, Consumer<P> gone) {
        super(name);
        this.seen = seen;
        this.gone = gone;
    }

    @Override
    public void onResourceCreated(P resource) {
        seen.accept(resource);
    }

    @Override
    public void onResourceUpdated(P resource, P before) {
        if (!before.getMetadata().getUid().equals(resource.getMetadata().getUid())) {
            // Deleted and made again while the watch was broken.
            gone.accept(before);
        }
        seen.accept(resource);
    }

    @Override
    public void onResourceDeleted(P resource) {
        gone.accept(resource);
    }
}
