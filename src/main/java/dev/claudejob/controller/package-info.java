/** Thin reconcilers: observe, decide, act, and again until there is nothing to do. */
@NullMarked
package dev.claudejob.controller;

import org.jspecify.annotations.NullMarked;
