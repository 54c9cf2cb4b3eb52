/** The protocol of docs/design/control-flow.md, explored state by state: the real decider against a model of what is around it. */
@NullMarked
package dev.claudejob.decide.model;

import org.jspecify.annotations.NullMarked;
