package dev.claudejob.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A committed file that is made from code. {@code -DupdateGolden=true} rewrites it instead of comparing. */
final class Golden {
    private Golden() {}

    static void check(String file, String expected) {
        Path path = Path.of(file);
        try {
            if (Boolean.getBoolean("updateGolden")) {
                Files.createDirectories(path.getParent());
                Files.writeString(path, expected);
            }
            assertThat(path).as("%s is out of date: run `make generate`", file).exists();
            assertThat(Files.readString(path))
                    .as("%s is out of date: run `make generate`", file)
                    .isEqualTo(expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
