package dev.claudejob.e2e;

import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a {@link Space} of its own, tells what was in it when the test fails, and deletes it. With {@code -De2e.keep=true} it
 * stays.
 */
final class Testbed implements ParameterResolver, AfterEachCallback {
    private static final Namespace STORE = Namespace.create(Testbed.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Space.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(STORE).computeIfAbsent(Space.class, key -> Space.create(namespace(context)));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Space space = context.getStore(STORE).get(Space.class, Space.class);
        if (space == null) {
            return;
        }
        if (context.getExecutionException().isPresent()) {
            System.out.println(new Autopsy(space).report(context.getDisplayName()));
        }
        if (!Boolean.getBoolean("e2e.keep")) {
            space.delete();
        }
    }

    /** A namespace's name has at most 63 characters; the last ones keep two runs apart. */
    private static String namespace(ExtensionContext context) {
        String words = context.getRequiredTestMethod()
                .getName()
                .replaceAll("([A-Z])", "-$1")
                .toLowerCase(Locale.ROOT);
        String tail = "-" + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
        return "e2e-" + words.substring(0, Math.min(words.length(), 50)) + tail;
    }
}
