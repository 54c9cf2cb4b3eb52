package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The operator's install in the testbed, as somebody who runs a cluster changes it: by helm and kubectl.
 *
 * @param kubectl works in the operator's namespace
 */
record Install(Kubectl kubectl) {
    static Install of(Space space) {
        return new Install(space.kubectl().in(Space.OPERATOR_NAMESPACE));
    }

    /** Installs or upgrades, with more values than the testbed's as {@code --set} takes them, and waits for the operator. */
    void upgrade(String... values) {
        List<String> command = new ArrayList<>(List.of("testbed/install.sh"));
        for (String value : values) {
            command.addAll(List.of("--set", value));
        }
        run(command);
    }

    /** How many Pods the operator has, and waits for that. */
    void scale(int replicas) {
        kubectl.run("scale", "deployment/claudejob-operator", "--replicas=" + replicas);
        if (replicas == 0) {
            kubectl.run("wait", "pods", "-l", Space.OPERATOR, "--for=delete", "--timeout=35s");
        } else {
            kubectl.run("rollout", "status", "deployment/claudejob-operator", "--timeout=35s");
        }
    }

    void uninstall() {
        run(List.of("helm", "uninstall", "claudejob", "-n", Space.OPERATOR_NAMESPACE, "--wait", "--timeout", "120s"));
    }

    List<JsonNode> pods() {
        return Space.items(kubectl.json("get", "pods", "-l", Space.OPERATOR));
    }

    /** The name of the Pod that holds the Lease; empty when none does. */
    String leader() {
        return kubectl.run(
                "get", "lease", "claudejob-operator", "-o", "jsonpath={.spec.holderIdentity}", "--ignore-not-found");
    }

    /** A power cut for one of the operator's Pods: its processes get KILL, and say goodbye to nobody; then it is deleted. */
    void kill(String pod) {
        String uid = kubectl.run("get", "pod", pod, "-o", "jsonpath={.metadata.uid}");
        List<ProcessHandle> processes = new NodeProcesses(uid).all();
        assertThat(processes).as("processes of Pod " + pod).isNotEmpty();
        processes.forEach(ProcessHandle::destroyForcibly);
        kubectl.run("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false");
    }

    private static void run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted during " + command, e);
        }
    }
}
