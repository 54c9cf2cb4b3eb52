package dev.claudejob.helper;

/** Whether the agent's requests can be served now, and if not, why: the operator and users see it as the Pod's readiness. */
interface Readiness {
    /** One line; empty when ready. */
    String problem();

    /** For an agent that holds its own credential: there is nothing to wait for. */
    static Readiness always() {
        return () -> "";
    }
}
