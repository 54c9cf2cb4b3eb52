package dev.claudejob.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A kind that somebody adds to a job's credentials is one that jobs can share. */
class SharedKindsTest {
    private static final String REFERENCE = "credentialRef";

    /** The kinds of a record, and their types. */
    private static Map<String, Class<?>> kinds(Class<? extends Record> type, String other) {
        return Arrays.stream(type.getRecordComponents())
                .filter(c -> !c.getName().equals(other))
                .collect(Collectors.toMap(RecordComponent::getName, RecordComponent::getType));
    }

    static List<String> names() {
        return kinds(Credential.class, REFERENCE).keySet().stream().sorted().toList();
    }

    @Test
    void bothHaveTheSameKinds() {
        assertThat(kinds(ClaudeCredentialSpec.class, "maxConcurrentJobs"))
                .isEqualTo(kinds(Credential.class, REFERENCE));
    }

    @ParameterizedTest
    @MethodSource("names")
    void eachIsListedAsItIsAndKnownForWhatItIs(String kind) throws ReflectiveOperationException {
        Record value = make(kinds(Credential.class, REFERENCE).get(kind).asSubclass(Record.class), c -> null);
        ClaudeCredentialSpec shared =
                make(ClaudeCredentialSpec.class, c -> c.getName().equals(kind) ? value : null);
        Credential listed = shared.asListedBy("team");
        assertThat(listed)
                .isEqualTo(make(
                        Credential.class,
                        c -> c.getName().equals(kind)
                                ? value
                                : c.getName().equals(REFERENCE) ? new CredentialRef("team") : null));
        assertThat(listed.unresolved()).isFalse();
    }

    @Test
    void aMereReferenceIsNoneOfThem() throws ReflectiveOperationException {
        assertThat(make(Credential.class, c -> c.getName().equals(REFERENCE) ? new CredentialRef("team") : null)
                        .unresolved())
                .isTrue();
    }

    private static <T extends Record> T make(Class<T> type, Function<RecordComponent, Object> values)
            throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        return type.getDeclaredConstructor(types)
                .newInstance(Arrays.stream(components).map(values).toArray());
    }
}
