package dev.claudejob.helper;

import dev.claudejob.summary.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts the helper as the kubelet does, in a folder of its own and with the heap of the image. */
final class HelperProcess {
    static final String SECRET = "sk-ant-oat01-very-secret";
    private static final Path FLAGS = Path.of("images/operator/helper.args");

    final Path dir;
    final int port = freePort();
    final int probePort = freePort();
    private final String upstream;

    HelperProcess(Path dir, String upstream) throws IOException {
        this.dir = dir;
        this.upstream = upstream;
        for (String name : List.of("shared", "state", "spool", "go", "credentials")) {
            Files.createDirectories(dir.resolve(name));
        }
        Files.createFile(dir.resolve("message"));
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    void mountCredential() throws IOException {
        Files.writeString(dir.resolve("credentials/token"), SECRET + "\n");
    }

    Process start(boolean withCredential, Map<String, String> more, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        Files.readAllLines(FLAGS).stream()
                .filter(flag -> flag.matches(
                        "-Xm.*|-XX:.*(NewRatio|NewSize|SurvivorRatio|UseSerialGC|ExitOnOutOfMemoryError).*"))
                .forEach(command::add);
        command.addAll(List.of("-cp", "target/classes", "dev.claudejob.helper.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("log").toFile());
        Map<String, String> environment = builder.environment();
        if (withCredential) {
            environment.put(
                    "CLAUDEJOB_CREDENTIALS",
                    Json.write(List.of(Map.of(
                            "name",
                            "app/token",
                            "kind",
                            "oauthToken",
                            "file",
                            dir.resolve("credentials/token").toString(),
                            "upstream",
                            upstream))));
        }
        environment.put("CLAUDEJOB_LISTEN", "127.0.0.1:" + port);
        environment.put("CLAUDEJOB_PROBE_PORT", Integer.toString(probePort));
        environment.put("CLAUDEJOB_SHARED", dir.resolve("shared").toString());
        environment.put("CLAUDEJOB_STATE", dir.resolve("state").toString());
        environment.put("CLAUDEJOB_SPOOL", dir.resolve("spool").toString());
        environment.put("CLAUDEJOB_GO", dir.resolve("go/go").toString());
        environment.put("CLAUDEJOB_TERMINATION_LOG", dir.resolve("message").toString());
        environment.putAll(more);
        return builder.start();
    }

    boolean agentMayStart() {
        return Files.exists(dir.resolve("go/go"));
    }

    String log() throws IOException {
        return Files.readString(dir.resolve("log"));
    }

    int probe(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + probePort + path))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** The status of a small request's answer. */
    int post() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/messages"))
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
