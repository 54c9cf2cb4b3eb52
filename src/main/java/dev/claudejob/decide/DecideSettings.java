package dev.claudejob.decide;

import dev.claudejob.pod.Upstreams;
import java.time.Duration;

/**
 * What the install decides about jobs.
 *
 * @param imagePullTimeout how long an image may fail to be pulled, or a container to start, before the job fails
 * @param resultFromLogs whether a result that was cut is read from the helper's log
 * @param upstreams what a job may choose among
 */
public record DecideSettings(Duration imagePullTimeout, boolean resultFromLogs, Upstreams upstreams) {}
