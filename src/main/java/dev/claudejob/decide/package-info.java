/** Pure: a view of a job becomes the one next step. No client, no clock. */
@NullMarked
package dev.claudejob.decide;

import org.jspecify.annotations.NullMarked;
