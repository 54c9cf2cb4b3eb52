/** What several packages' tests share. */
@NullMarked
package dev.claudejob.testing;

import org.jspecify.annotations.NullMarked;
