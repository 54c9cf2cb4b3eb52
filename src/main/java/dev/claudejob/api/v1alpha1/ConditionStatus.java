package dev.claudejob.api.v1alpha1;

/** The status of a condition. */
public enum ConditionStatus {
    True,
    False,
    Unknown
}
