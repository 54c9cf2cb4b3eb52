package dev.claudejob;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Date;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The rooms of docs/design and what may stand in each. A class that no longer fits its room moves; the walls stay. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {
    private static final String ROOT = "dev.claudejob";
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path TESTS = Path.of("src/test/java");

    /** The same input gives the same output: no cluster, no clock, no disk. */
    private static final String[] PURE =
            rooms("decide", "pod", "claude", "credential", "summary", "standing", "status", "observe");

    private static final String[] JDK_OF_THE_HELPER = {"java..", "javax.net..", "com.sun.net.httpserver.."};

    private JavaClasses classes;

    private static String[] rooms(String... names) {
        return Stream.of(names).map(name -> ROOT + "." + name + "..").toArray(String[]::new);
    }

    @BeforeAll
    void readTheCompiledClasses() {
        classes = new ClassFileImporter().importPath(Path.of("target/classes"));
        assertThat(classes.size()).as("compiled classes").isGreaterThan(80);
    }

    @Test
    void whatDecidesKnowsKubernetesOnlyAsObjects() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.fabric8.kubernetes.client..",
                        "io.javaoperatorsdk..",
                        "io.micrometer..",
                        "org.slf4j..",
                        "java.net.http..",
                        "com.sun..")
                .check(classes);
    }

    @Test
    void whatDecidesHasNoClockAndNoDice() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .callMethodWhere(readsTheClockOrThrowsDice())
                .orShould()
                .dependOnClassesThat(belongToAnyOf(Clock.class, Date.class, Random.class))
                .check(classes);
    }

    private static DescribedPredicate<JavaCall<?>> readsTheClockOrThrowsDice() {
        Map<String, Set<String>> impure = Map.of(
                System.class.getName(),
                Set.of("currentTimeMillis", "nanoTime", "getenv", "getProperty", "exit"),
                Instant.class.getName(),
                Set.of("now"),
                LocalDateTime.class.getName(),
                Set.of("now"),
                OffsetDateTime.class.getName(),
                Set.of("now"),
                ZonedDateTime.class.getName(),
                Set.of("now"),
                UUID.class.getName(),
                Set.of("randomUUID"),
                Math.class.getName(),
                Set.of("random"),
                Thread.class.getName(),
                Set.of("sleep", "start", "ofPlatform", "ofVirtual", "startVirtualThread"));
        return DescribedPredicate.describe(
                "reads the clock, the environment or dice",
                call -> impure.getOrDefault(call.getTargetOwner().getName(), Set.of())
                        .contains(call.getTarget().getName()));
    }

    @Test
    void whatDecidesTouchesNoDiskAndNoNetwork() {
        DescribedPredicate<JavaClass> inputAndOutput = resideInAnyPackage("java.io", "java.nio.file..", "java.net")
                .and(not(belongToAnyOf(IOException.class, UncheckedIOException.class, Closeable.class)))
                .and(not(JavaClass.Predicates.simpleName("Serializable")))
                .as("input or output");
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                // It reads scripts that are in the jar.
                .and()
                .doNotHaveSimpleName("Scripts")
                .should()
                .dependOnClassesThat(inputAndOutput)
                .check(classes);
    }

    @Test
    void theApiKnowsNothingOfUs() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".api..")
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAPackage(ROOT + ".api.."))))
                .check(classes);
    }

    @Test
    void onlyActControllerAndRuntimeTalkToTheCluster() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "..")
                .and()
                .resideOutsideOfPackages(rooms("act", "controller", "runtime"))
                // Custom resources are classes of the client's.
                .and()
                .doNotHaveSimpleName("ClaudeJob")
                .and()
                .doNotHaveSimpleName("ClaudeCredential")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fabric8.kubernetes.client..")
                .check(classes);
    }

    @Test
    void onlyControllerAndRuntimeKnowTheOperatorFramework() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "..")
                .and()
                .resideOutsideOfPackages(rooms("controller", "runtime"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.javaoperatorsdk..")
                .check(classes);
    }

    @Test
    void theFrameworksOwnStatusUpdatesAreNotUsedForTheyDropTheResourceVersion() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "..")
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "patches through UpdateControl",
                        call -> call.getTargetOwner().getSimpleName().equals("UpdateControl")
                                && call.getTarget().getName().startsWith("patch")))
                .check(classes);
    }

    @Test
    void theHelpersImageHasNoLibrariesSoAllThatItReachesIsTheJdks() {
        Set<JavaClass> reached = reachedFrom(ROOT + ".helper");
        DescribedPredicate<JavaClass> there = resideInAnyPackage(JDK_OF_THE_HELPER)
                .or(resideInAPackage("org.jspecify.."))
                .or(resideInAPackage(ROOT + ".."));
        Set<String> missing = new TreeSet<>();
        for (JavaClass each : reached) {
            for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.isPrimitive() && !there.test(target)) {
                    missing.add(each.getName() + " needs " + target.getName());
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(reached)
                .allSatisfy(each -> assertThat(each.getPackageName())
                        .isIn(Stream.of("helper", "claude", "credential", "summary")
                                .map(room -> ROOT + "." + room)
                                .toList()));
    }

    /** Our own classes that those of a package need, directly or through others. */
    private Set<JavaClass> reachedFrom(String packageName) {
        Set<JavaClass> reached = new HashSet<>();
        Deque<JavaClass> todo = new ArrayDeque<>();
        classes.stream().filter(c -> c.getPackageName().equals(packageName)).forEach(todo::add);
        assertThat(todo).isNotEmpty();
        while (!todo.isEmpty()) {
            JavaClass next = todo.pop();
            if (reached.add(next)) {
                next.getDirectDependenciesFromSelf().stream()
                        .map(d -> d.getTargetClass().getBaseComponentType())
                        .filter(c -> c.getPackageName().startsWith(ROOT))
                        .forEach(todo::push);
            }
        }
        return reached;
    }

    @Test
    void nobodyNeedsTheHelperButItself() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".helper")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".helper")
                .check(classes);
    }

    @Test
    void noRoomsDependOnEachOtherInACircle() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void nothingStaticChanges() {
        DescribedPredicate<JavaField> ofOurs = DescribedPredicate.describe(
                "written by us",
                field -> !field.getModifiers().contains(SYNTHETIC)
                        && field.getOwner().getPackageName().startsWith(ROOT));
        fields().that(ofOurs).and().areStatic().should().haveModifier(FINAL).check(classes);
        fields().that(ofOurs)
                .and()
                .areStatic()
                .should()
                .notHaveRawType(mutable())
                .check(classes);
    }

    private static DescribedPredicate<JavaClass> mutable() {
        return DescribedPredicate.describe(
                "mutable",
                type -> type.isArray()
                        || type.getPackageName().equals("java.util.concurrent.atomic")
                        || (!type.isInterface()
                                && (type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class)))
                        || type.getSimpleName().startsWith("Concurrent"));
    }

    @Test
    void classesAreNamedByImportsNotInTheMiddleOfCode() throws IOException {
        Pattern qualified = Pattern.compile(
                "(?<![\\w.\"/])(?:java|javax|io|com|org|dev)(?:\\.[a-z_][\\w]*)+\\.([A-Z]\\w*)(?![^\"]*\"\\s*[,;)+])");
        assertThat(linesOf(SOURCES, line -> {
                    Matcher matcher = qualified.matcher(line.code());
                    // A class of the same name as the file's own can't be imported.
                    return matcher.find() && !line.file().equals(matcher.group(1) + ".java");
                }))
                .isEmpty();
    }

    @Test
    void theOperatorDoesNotSleepAndNeitherDoTests() throws IOException {
        noClasses()
                .that()
                // The helper's threads look at files that no JDK watches on every volume.
                .resideOutsideOfPackage(ROOT + ".helper")
                .should()
                .callMethodWhere(DescribedPredicate.describe(
                        "sleeps", call -> call.getTarget().getName().equals("sleep")))
                .check(classes);
        assertThat(linesOf(TESTS, line -> line.code().matches(".*(Thread|TimeUnit\\.\\w+)\\.sleep\\(.*")))
                .isEmpty();
    }

    @Test
    void noFileIsTooLongToReadAtOnce() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                assertThat(Files.readAllLines(file)).as(file.toString()).hasSizeLessThanOrEqualTo(400);
            }
        }
    }

    private record Line(String file, int number, String code) {}

    private static List<Line> linesOf(Path tree, Predicate<Line> wanted) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.filter(f -> f.toString().endsWith(".java"))
                    .flatMap(ArchitectureTest::codeOf)
                    .filter(wanted)
                    .toList();
        }
    }

    private static Stream<Line> codeOf(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return IntStream.range(0, lines.size())
                    .mapToObj(i -> new Line(
                            file.getFileName().toString(), i + 1, lines.get(i).strip()))
                    .filter(line -> !line.code().startsWith("import ")
                            && !line.code().startsWith("package ")
                            && !line.code().startsWith("*")
                            && !line.code().startsWith("/")
                            && !line.code().startsWith("\""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
