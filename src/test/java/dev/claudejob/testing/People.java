package dev.claudejob.testing;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Users of a real kube-apiserver, and what they may do in one namespace. A ServiceAccount is a user too: {@code
 * system:serviceaccount:<namespace>:<name>}.
 */
public final class People implements AutoCloseable {
    private final ApiServer server;
    private final String namespace;
    private final List<KubernetesClient> clients = new ArrayList<>();
    private int roles;

    public People(ApiServer server, String namespace) {
        this.server = server;
        this.namespace = namespace;
    }

    /** A rule of a role; with no names, it is for all of them. */
    public static PolicyRule may(String verbs, String group, String resource, String... names) {
        return new PolicyRuleBuilder()
                .withVerbs(verbs.split(","))
                .withApiGroups(group)
                .withResources(resource)
                .withResourceNames(names)
                .build();
    }

    /** Lets a user do this, and returns once the apiserver knows. */
    public void allow(String user, PolicyRule... rules) {
        String role = "role-" + roles++;
        server.client()
                .resource(new RoleBuilder()
                        .withNewMetadata()
                        .withName(role)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withRules(rules)
                        .build())
                .create();
        server.client()
                .resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(role)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", role)
                        .addNewSubject("rbac.authorization.k8s.io", "User", user, null)
                        .build())
                .create();
        for (PolicyRule rule : rules) {
            await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5)).until(() -> allowed(user, rule));
        }
    }

    private boolean allowed(String user, PolicyRule rule) {
        return server.client()
                .authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(user)
                        .withNewResourceAttributes()
                        .withNamespace(namespace)
                        .withVerb(rule.getVerbs().getFirst())
                        .withGroup(rule.getApiGroups().getFirst())
                        .withResource(rule.getResources().getFirst().split("/")[0])
                        .withSubresource(
                                rule.getResources().getFirst().contains("/")
                                        ? rule.getResources().getFirst().split("/")[1]
                                        : null)
                        .withName(
                                rule.getResourceNames().isEmpty()
                                        ? null
                                        : rule.getResourceNames().getFirst())
                        .endResourceAttributes()
                        .endSpec()
                        .build())
                .getStatus()
                .getAllowed();
    }

    /** A client that is this user to the apiserver. */
    public KubernetesClient as(String user) {
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.fromKubeconfig(server.kubeconfig()))
                        .withImpersonateUsername(user)
                        .build())
                .build();
        clients.add(client);
        return client;
    }

    @Override
    public void close() {
        clients.forEach(KubernetesClient::close);
    }
}
