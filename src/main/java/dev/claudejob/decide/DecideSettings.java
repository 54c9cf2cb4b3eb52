package dev.claudejob.decide;

import java.time.Duration;

/**
 * What the install decides about waiting.
 *
 * @param imagePullTimeout how long an image may fail to be pulled before the job fails
 * @param resultFromLogs whether a result that was cut is read from the helper's log
 */
public record DecideSettings(Duration imagePullTimeout, boolean resultFromLogs) {}
