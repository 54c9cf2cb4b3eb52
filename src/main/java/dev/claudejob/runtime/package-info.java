/** Starts the operator: its configuration, leader election, probes and metrics. */
@NullMarked
package dev.claudejob.runtime;

import org.jspecify.annotations.NullMarked;
