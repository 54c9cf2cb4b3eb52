package dev.claudejob.standing;

/** Where an object is. */
public record Key(String namespace, String name) {}
