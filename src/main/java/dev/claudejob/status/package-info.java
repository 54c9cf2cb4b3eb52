/** What a job's status says after each step: conditions, the fields of the printer columns, attempts. Pure; the writer is in act. */
@NullMarked
package dev.claudejob.status;

import org.jspecify.annotations.NullMarked;
