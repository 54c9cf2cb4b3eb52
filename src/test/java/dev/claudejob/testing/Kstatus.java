package dev.claudejob.testing;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** cli-utils' kstatus, by which Flux waits: the real library, in the program that testbed/kstatus builds. */
public final class Kstatus {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Kstatus() {}

    /** What it makes of an object. */
    public record Verdict(String status, String message) {}

    /** Its verdict on each object, in their order. */
    public static List<Verdict> of(ApiServer server, List<GenericKubernetesResource> objects) {
        try {
            Process process = new ProcessBuilder(server.tool("kstatus").toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                for (GenericKubernetesResource object : objects) {
                    in.write(JSON.writeValueAsBytes(object));
                    in.write('\n');
                }
            }
            try (MappingIterator<Verdict> verdicts =
                    JSON.readerFor(Verdict.class).readValues(process.getInputStream())) {
                return verdicts.readAll();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
