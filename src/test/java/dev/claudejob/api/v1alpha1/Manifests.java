package dev.claudejob.api.v1alpha1;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The manifests of {@code src/test/resources/manifests}. A manifest that is to be refused says why in its first line:
 * {@code # expect: <part of the message>}. One that speaks of an update holds two documents, before and after.
 */
final class Manifests {
    private static final Path ROOT = Path.of("src/test/resources/manifests");
    private static final String EXPECT = "# expect: ";
    private static final ObjectMapper YAML = new YAMLMapper();

    private Manifests() {}

    /** One file. */
    record Manifest(String name, String text) {
        /** Part of the message that refuses it. */
        String expected() {
            return text.lines()
                    .findFirst()
                    .filter(line -> line.startsWith(EXPECT))
                    .map(line -> line.substring(EXPECT.length()))
                    .orElseThrow(() -> new IllegalStateException(name + " does not begin with '" + EXPECT + "'"));
        }

        /** Its objects, as they are written: no type of ours has a say in it. */
        List<GenericKubernetesResource> documents() {
            try (MappingIterator<GenericKubernetesResource> documents =
                    YAML.readerFor(GenericKubernetesResource.class).readValues(text)) {
                return documents.readAll();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        GenericKubernetesResource document() {
            return documents().getFirst();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** The manifests of a folder, by name. */
    static List<Manifest> of(String folder) {
        try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
            return files.sorted().map(Manifests::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Manifest one(String folder, String name) {
        return read(ROOT.resolve(folder).resolve(name + ".yaml"));
    }

    static Path path(String folder, String name) {
        return ROOT.resolve(folder).resolve(name + ".yaml");
    }

    private static Manifest read(Path file) {
        try {
            return new Manifest(file.getFileName().toString().replace(".yaml", ""), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
