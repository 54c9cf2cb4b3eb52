package dev.claudejob.testing;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A namespace of a real apiserver, with a kubelet that is played, and an operator that a test may stop and start anew. */
public final class OperatedNamespace implements AutoCloseable {
    private final ApiServer api = ApiServer.shared();
    private final String name = api.newNamespace();
    private final FakeKubelet kubelet = new FakeKubelet(api.client(), name);
    private final JobsOfANamespace jobs = new JobsOfANamespace(api.client(), name);
    private @Nullable TestOperator operator;

    public ApiServer api() {
        return api;
    }

    public KubernetesClient client() {
        return api.client();
    }

    public String name() {
        return name;
    }

    public FakeKubelet kubelet() {
        return kubelet;
    }

    public JobsOfANamespace jobs() {
        return jobs;
    }

    public void startOperator() {
        operator = TestOperator.start(api, name);
    }

    /** Nothing, when none is at work. */
    public void stopOperator() {
        if (operator != null) {
            operator.close();
            operator = null;
        }
    }

    /** The requests of the operator that is at work. */
    public Wire wire() {
        return Objects.requireNonNull(operator, "no operator is at work").wire();
    }

    @Override
    public void close() {
        stopOperator();
        kubelet.close();
    }
}
