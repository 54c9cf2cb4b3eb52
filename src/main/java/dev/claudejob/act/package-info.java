/** Carries a decision out: the only place that writes to Kubernetes. */
@NullMarked
package dev.claudejob.act;

import org.jspecify.annotations.NullMarked;
