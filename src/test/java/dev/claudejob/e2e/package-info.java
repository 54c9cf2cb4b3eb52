/**
 * Tests on a real node: ClaudeJobs from YAML files, applied by kubectl, run by the installed operator with the real Claude Code against
 * the stand-in API. {@code make test-e2e} prepares what they need.
 */
@NullMarked
package dev.claudejob.e2e;

import org.jspecify.annotations.NullMarked;
