package dev.claudejob.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;

/** Tells the reader of a failed test, who has no cluster to look at, what there was in its namespace. */
record Autopsy(Space space) {
    private static final int LINE = 600;
    private static final int LINES = 60;

    String report(String test) {
        StringBuilder report = new StringBuilder("\n######## " + test + " failed; what its namespace held:\n");
        section(report, "jobs", "get", "claudejobs", "-o", "yaml");
        // Their events are in it.
        section(report, "pods", "describe", "pods");
        section(report, "events of jobs", "get", "events", "--field-selector", "involvedObject.kind=ClaudeJob");
        for (JsonNode pod : Space.items(space.kubectl().json("get", "pods"))) {
            String name = pod.at("/metadata/name").asText();
            for (String list : List.of("initContainers", "containers")) {
                for (JsonNode container : pod.path("spec").path(list)) {
                    String of = container.path("name").asText();
                    section(report, "log of " + name + " " + of, "logs", name, "-c", of, "--tail=" + LINES);
                }
            }
        }
        report.append("==== log of the operator\n")
                .append(space.operatorLog()
                        .lines()
                        .filter(line -> line.contains(space.name()))
                        .map(Autopsy::cut)
                        .collect(Collectors.joining("\n")));
        return report.append("\n######## end of ").append(test).append('\n').toString();
    }

    private void section(StringBuilder report, String title, String... command) {
        Kubectl.Output output = space.kubectl().tryRun(command);
        report.append("==== ").append(title).append('\n');
        (output.err() + output.out())
                .lines()
                .map(Autopsy::cut)
                .forEach(line -> report.append(line).append('\n'));
    }

    private static String cut(String line) {
        return line.length() <= LINE ? line : line.substring(0, LINE) + " ... " + line.length() + " characters";
    }
}
