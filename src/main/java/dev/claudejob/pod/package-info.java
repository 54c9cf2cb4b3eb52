/** Builds the Pod of an attempt from a job. Pure: the same job and attempt give the same Pod. */
@NullMarked
package dev.claudejob.pod;

import org.jspecify.annotations.NullMarked;
