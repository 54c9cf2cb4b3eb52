/** All that is known of the Claude Code CLI: its command line, its environment, its events and how its failures are told apart. */
@NullMarked
package dev.claudejob.claude;

import org.jspecify.annotations.NullMarked;
