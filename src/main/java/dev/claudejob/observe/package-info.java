/** From what the caches hold to one immutable view of a job and its Pods. */
@NullMarked
package dev.claudejob.observe;

import org.jspecify.annotations.NullMarked;
