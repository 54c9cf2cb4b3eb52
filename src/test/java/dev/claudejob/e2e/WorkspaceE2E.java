package dev.claudejob.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Testbed.class)
class WorkspaceE2E {
    @BeforeEach
    void serveARepository(Space space) {
        space.apply("git-server");
        space.kubectl().await("pod/git", "condition=Ready");
    }

    @Test
    void theAgentWorksInTheRepositoryAtABranchATagOrACommit(Space space) {
        String commit = space.kubectl()
                .run("exec", "git", "--", "git", "-C", "/repos/project", "rev-parse", "main~1")
                .strip();
        space.apply("workspace-default");
        checkOut(space, "branch", "feature/one", 1);
        checkOut(space, "tag", "v1", 0);
        checkOut(space, "commit", commit, 0);

        assertThat(answer(space, "default")).isEqualTo("the newest commit");
        assertThat(answer(space, "branch")).as("one commit of history").isEqualTo("the branch\n1");
        assertThat(answer(space, "tag")).isEqualTo("the first commit\n1");
        assertThat(answer(space, "commit")).as("all of the history").isEqualTo("the second commit\n2");
    }

    @Test
    void aRepositoryOrRefThatIsNotThereFailsTheJobInGitsWords(Space space) {
        space.apply("workspace", Map.of("name", "repository", "repository", "nothing", "ref", "main", "depth", "1"));
        checkOut(space, "ref", "no/such/ref", 1);

        Job repository = space.finished("repository");
        assertThat(repository.phase()).isEqualTo("Failed");
        assertThat(repository.reason()).isEqualTo("WorkspaceFailed");
        assertThat(repository.message()).contains("no such repository");
        assertThat(repository.status("/usage")).isEmpty();

        Job ref = space.finished("ref");
        assertThat(ref.reason()).isEqualTo("WorkspaceFailed");
        assertThat(ref.message()).contains("couldn't find remote ref no/such/ref");
    }

    private static void checkOut(Space space, String name, String ref, int depth) {
        space.apply(
                "workspace",
                Map.of("name", name, "repository", "project", "ref", ref, "depth", Integer.toString(depth)));
    }

    private static String answer(Space space, String name) {
        Job job = space.finished(name);
        assertThat(job.phase()).as(job.message()).isEqualTo("Succeeded");
        return job.text();
    }
}
