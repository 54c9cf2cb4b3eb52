package dev.claudejob.testing;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;

/** Admission of somebody's that takes all annotations from the Pods of a namespace. */
public final class Stripping implements AutoCloseable {
    private static final String POLICY = """
            apiVersion: admissionregistration.k8s.io/v1beta1
            kind: MutatingAdmissionPolicy
            metadata: {name: strip-%1$s}
            spec:
              matchConstraints:
                namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %1$s}}
                resourceRules:
                - {apiGroups: [""], apiVersions: [v1], operations: [%2$s], resources: [pods]}
              matchConditions: [{name: any, expression: "has(object.metadata.annotations)"}]
              failurePolicy: Fail
              reinvocationPolicy: Never
              mutations:
              - patchType: JSONPatch
                jsonPatch: {expression: '[JSONPatch{op: "remove", path: "/metadata/annotations"}]'}
            """;

    private static final String BINDING = """
            apiVersion: admissionregistration.k8s.io/v1beta1
            kind: MutatingAdmissionPolicyBinding
            metadata: {name: strip-%1$s}
            spec: {policyName: strip-%1$s}
            """;

    private final KubernetesClient client;
    private final String namespace;
    private final List<GenericKubernetesResource> made;

    private Stripping(KubernetesClient client, String namespace, String operation) {
        this.client = client;
        this.namespace = namespace;
        made = List.of(create(POLICY.formatted(namespace, operation)), create(BINDING.formatted(namespace)));
    }

    /** In force when this returns. */
    public static Stripping atCreate(KubernetesClient client, String namespace) {
        Stripping stripping = new Stripping(client, namespace, "CREATE");
        JobsOfANamespace.eventually().until(stripping::strips);
        return stripping;
    }

    private GenericKubernetesResource create(String yaml) {
        return client.resource(client.getKubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class))
                .create();
    }

    private boolean strips() {
        Pod pod = client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withGenerateName("probe-")
                        .withNamespace(namespace)
                        .withAnnotations(Map.of("theirs", "x"))
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("c")
                        .withImage("i")
                        .endContainer()
                        .endSpec()
                        .build())
                .dryRun()
                .create();
        return pod.getMetadata().getAnnotations().isEmpty();
    }

    /** Not in force any more when this returns. */
    @Override
    public void close() {
        made.reversed().forEach(one -> client.resource(one).delete());
        JobsOfANamespace.eventually().until(() -> !strips());
    }
}
