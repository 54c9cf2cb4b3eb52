/** The versioned message a helper leaves for the operator: written by one, read by the other, so it needs the JDK only. */
@NullMarked
package dev.claudejob.summary;

import org.jspecify.annotations.NullMarked;
