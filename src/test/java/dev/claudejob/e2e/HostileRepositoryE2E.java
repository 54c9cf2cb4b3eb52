package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.claudejob.e2e.Attacker.Received;
import dev.claudejob.e2e.Probes.Probe;
import dev.claudejob.e2e.StandIn.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * An agent that works in a repository of the attacker's: settings, hooks, MCP servers and memory that Claude Code reads on its own. They may turn the agent
 * to the attacker, but the credential is not with the agent. See {@code hostile-git.yaml}.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(Testbed.class)
class HostileRepositoryE2E {
    /** As many as a small machine runs at a time. */
    private static final int AT_ONCE = 4;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Map<String, String> BRANCHES = Map.ofEntries(
            Map.entry("base-url", "settings.json sets ANTHROPIC_BASE_URL"),
            Map.entry("base-url-local", "settings.local.json sets ANTHROPIC_BASE_URL"),
            Map.entry("proxies", "settings.json sets HTTP_PROXY, HTTPS_PROXY and NO_PROXY"),
            Map.entry("custom-headers", "settings.json sets ANTHROPIC_CUSTOM_HEADERS"),
            Map.entry("own-credential", "settings.json sets credentials of the attacker's"),
            Map.entry("bedrock", "settings.json turns to Bedrock at the attacker's"),
            Map.entry("vertex", "settings.json turns to Vertex at the attacker's"),
            Map.entry("foundry", "settings.json turns to Foundry at the attacker's"),
            Map.entry("telemetry", "settings.json sends telemetry to the attacker"),
            Map.entry("certificates", "settings.json sets certificates, NODE_OPTIONS, LD_PRELOAD, BASH_ENV"),
            Map.entry(
                    "federation",
                    "settings.json sets another configuration folder, and federation with the helper's file"),
            Map.entry("api-key-helper", "settings.json has an apiKeyHelper"),
            Map.entry("hooks", "settings.json has hooks"),
            Map.entry("commands", "settings.json has a statusLine and helpers for headers and AWS"),
            Map.entry("mcp", ".mcp.json has a program and a server whose header names the credential's variables"),
            Map.entry("memory", "CLAUDE.md imports the helper's files"),
            Map.entry("links", "settings, memory and MCP servers are links to the helper's files"),
            Map.entry("git-files", "attributes, submodules, hooks and configuration of git"));

    @Test
    void noFileOfARepositoryBringsTheCredentialToAnAttacker(Space space) {
        serve(space);
        String credential = Kind.oauthToken.token(space, 0);
        Leaks leaks = new Leaks(credential);
        List<Probe> probes = new ArrayList<>();
        List<String> names = BRANCHES.keySet().stream().sorted().toList();
        for (int from = 0; from < names.size(); from += AT_ONCE) {
            List<String> some = names.subList(from, Math.min(from + AT_ONCE, names.size()));
            some.forEach(name -> run(space, name, "Helper"));
            for (String name : some) {
                Job job = space.finished(name, PATIENCE);
                List<Request> sent = space.standIn().ofSession(job.session());
                sent.forEach(request -> upstreamSaw(request, credential, name));
                leaks.notIn("log of the helper: " + name, space.log(job, "helper"));
                leaks.notIn("log of the agent: " + name, space.log(job, "claude"));
                probes.add(new Probe(
                        "repository-" + name,
                        "held",
                        BRANCHES.get(name),
                        job.phase() + ", " + sent.size() + " to the API"));
            }
        }
        List<Received> attacker = new Attacker(space).received();
        new Probes(probes).print("Hostile repositories");
        System.out.println("  the attacker was sent: "
                + attacker.stream().map(Received::target).sorted().distinct().toList());

        assertThat(attacker).allSatisfy(request -> leaks.notIn("what reached the attacker", request.raw()));
        assertThat(attacker.stream().map(Received::target))
                .as("what a repository can do to its agent, so that this test can fail")
                .contains("/from-hooks")
                .noneMatch(url -> url.equals("/from-git"));
        leaks.notIn(
                "jobs", space.kubectl().json("get", "claudejobs,pods,events").toString());
    }

    @Test
    void underEnvDeliveryAHookOfTheRepositoryHasTheCredential(Space space) {
        serve(space);

        run(space, "hooks", "Env");
        space.finished("hooks", PATIENCE);

        Leaks leaks = new Leaks(Kind.oauthToken.token(space, 0));
        assertThat(new Attacker(space).received())
                .anySatisfy(request -> assertThat(leaks.in(request.body())).isTrue());
    }

    private static void upstreamSaw(Request request, String credential, String name) {
        assertThat(request.header("authorization")).as(name).isEqualTo("Bearer " + credential);
        assertThat(request.header("x-api-key")).as(name).isEmpty();
        new Leaks(credential).notIn("what the agent asked the model: " + name, request.body());
        if (name.equals("memory")) {
            assertThat(request.body()).as("the file was read").contains("hostile memory");
        }
    }

    private static void serve(Space space) {
        Attacker attacker = Attacker.start(space);
        space.apply("hostile-git");
        space.apply("secret-late", Map.of("key", "token", "token", Kind.oauthToken.token(space, 0)));
        attacker.awaitReady();
        space.kubectl().await("pod/git", "condition=Ready");
    }

    private static void run(Space space, String name, String delivery) {
        space.apply(
                "hostile-repository",
                Map.of("name", name, "credential", Kind.oauthToken.credential(space), "delivery", delivery));
    }
}
