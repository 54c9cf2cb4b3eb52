/** {@code make bench}: the helper beside Envoy. JDK only, and compiled without Maven. */
package dev.claudejob.bench;
