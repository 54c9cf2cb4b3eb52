package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** The identity that a cloud gives the Pod by its ServiceAccount: there is nothing to say but that it is used. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodIdentity() {}
