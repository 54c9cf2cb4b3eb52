/** The custom resource types of claudejob.dev/v1alpha1, and nothing else. Their descriptions become the CRD's, and so `kubectl explain`. */
@NullMarked
package dev.claudejob.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
