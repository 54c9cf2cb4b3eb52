/** How each ClaudeCredential stands, by what the jobs that share it have found out, and which of them may start next. No client, no clock. */
@NullMarked
package dev.claudejob.standing;

import org.jspecify.annotations.NullMarked;
