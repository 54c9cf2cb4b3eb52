package dev.claudejob.helper;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.api.v1alpha1.AgentEnv;
import dev.claudejob.claude.Scripts;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A variable that chooses the service, its URL or its credential comes neither from a job, nor from an image, nor from a home. */
class ReservedNamesTest {
    private static final Pattern RULE = Pattern.compile("!self\\.matches\\('(.*)'\\)");
    private static final Pattern OF_THE_SCRIPT = Pattern.compile("(?m)^reserved='(.*)'$");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ANTHROPIC_BASE_URL",
                "ANTHROPIC_API_KEY",
                "CLAUDE_CODE_USE_BEDROCK",
                "CLAUDE_CONFIG_DIR",
                "_CLAUDE_CODE_ASSUME_FIRST_PARTY_BASE_URL",
                "__CLAUDE_CODE_X",
                "USE_STAGING_OAUTH",
                "USE_LOCAL_OAUTH"
            })
    void allThreeListsReserveIt(String name) throws Exception {
        assertThat(reservedByTheCrd(name)).as("agent.env").isTrue();
        assertThat(reservedByTheScript(name)).as("run.sh").isTrue();
        assertThat(reservedByTheHelper(name)).as("settings.json of a home").isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"EDITOR", "MY_CLAUDE_NOTES", "USE_COLOR", "OAUTH_SCOPES", "NODE_ENV", "GIT_AUTHOR_NAME"})
    void noneReservesAToolsOwn(String name) throws Exception {
        assertThat(reservedByTheCrd(name)).as("agent.env").isFalse();
        assertThat(reservedByTheScript(name)).as("run.sh").isFalse();
        assertThat(reservedByTheHelper(name)).as("settings.json of a home").isFalse();
    }

    private static boolean reservedByTheCrd(String name) throws NoSuchFieldException {
        return Arrays.stream(AgentEnv.class.getDeclaredField("name").getAnnotationsByType(ValidationRule.class))
                .map(rule -> RULE.matcher(rule.value()))
                .filter(Matcher::matches)
                .anyMatch(rule -> name.matches(rule.group(1)));
    }

    private static boolean reservedByTheScript(String name) {
        Matcher list = OF_THE_SCRIPT.matcher(Scripts.run());
        assertThat(list.find()).isTrue();
        return Pattern.matches("(" + list.group(1) + ")[A-Za-z0-9_]*", name);
    }

    private static boolean reservedByTheHelper(String name) {
        String settings = HomeFiles.harmless("{\"env\":{\"" + name + "\":\"x\"}}");
        return settings != null && !settings.contains(name);
    }
}
