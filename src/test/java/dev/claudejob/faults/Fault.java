package dev.claudejob.faults;

import java.time.Duration;

/** What the line to the apiserver does with one request. */
sealed interface Fault {
    /** Nothing. */
    record None() implements Fault {}

    /** The apiserver, or what is before it, answers with an error, and nothing was done. */
    record Refuse(int status) implements Fault {}

    /** The request is carried out, and its answer is an error. */
    record DoneButError(int status) implements Fault {}

    /** The connection breaks before the request arrives. */
    record LostRequest() implements Fault {}

    /** The request is carried out, and the connection breaks before the answer. */
    record LostAnswer() implements Fault {}

    /** The request takes its time. */
    record Slow(Duration by) implements Fault {}

    /** A watch ends after so many events. */
    record WatchCloses(int events) implements Fault {}

    /** A watch goes silent after so many events, and stays open. */
    record WatchStalls(int events, Duration time) implements Fault {}

    /** A watch brings each event twice, the second time after the next one, or when none has come for a while. */
    record WatchRepeats() implements Fault {}

    /** A watch ends with 410 Gone after so many events: who watches must list again. */
    record WatchIsGone(int events) implements Fault {}

    /** A watch begins at the first version that anybody asked for, so that it brings the past again, and ends after so many events. */
    record WatchTravelsBack(int events) implements Fault {}

    /** The operator's machine loses power once this request is carried out, with its answer seen or not. */
    record Death(boolean answered) implements Fault {}

    /** The apiserver is away from now on: this request, all that follow and all watches are lost. */
    record Outage(Duration time) implements Fault {}

    /** The operator stops, with this request in flight. */
    record Freeze() implements Fault {}
}
