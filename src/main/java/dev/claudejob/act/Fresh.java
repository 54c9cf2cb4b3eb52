package dev.claudejob.act;

import dev.claudejob.api.v1alpha1.ClaudeJob;
import io.fabric8.kubernetes.api.model.Pod;

/** Told of every object that the apiserver returned to a write, so that the next look at the caches is not older than it. */
public interface Fresh {
    void job(ClaudeJob updated, ClaudeJob before);

    void podCreated(Pod created);

    void pod(Pod updated, Pod before);
}
