package dev.claudejob.api.v1alpha1;

/** When an image is pulled, spelled as in a container of a Pod. */
public enum ImagePullPolicy {
    Always,
    IfNotPresent,
    Never
}
