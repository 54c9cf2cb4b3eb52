/** What has to do with the API as a whole, whatever its version. */
@NullMarked
package dev.claudejob.api;

import org.jspecify.annotations.NullMarked;
