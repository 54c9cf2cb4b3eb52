/**
 * Generates {@code crds/} and {@code docs/reference/} from the records of {@link dev.claudejob.api.v1alpha1}, and checks the
 * committed files against them. Test code, because the operator itself never needs its own schema.
 */
@NullMarked
package dev.claudejob.api.crd;

import org.jspecify.annotations.NullMarked;
