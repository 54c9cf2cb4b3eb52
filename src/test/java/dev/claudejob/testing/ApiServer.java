package dev.claudejob.testing;

import dev.claudejob.runtime.Serialization;
import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real kube-apiserver with etcd, one per JVM, with the CustomResourceDefinitions of {@code crds/} established.
 *
 * <p>Nothing else of Kubernetes runs: no controllers (so no garbage collection and no service accounts), no scheduler, no kubelet.
 * A test takes a namespace of its own and leaves what it made: the server's data goes with the JVM.
 *
 * <p>The binaries are found in the folder that the environment variable {@code KUBE_API_TEST_DIR} names; nothing is downloaded.
 */
public final class ApiServer {
    private static final long ESTABLISHED_TIMEOUT_SECONDS = 30;

    private final String kubeconfig;
    private final KubernetesClient client;
    private final AtomicInteger namespaces = new AtomicInteger();

    private ApiServer(String kubeconfig, KubernetesClient client) {
        this.kubeconfig = kubeconfig;
        this.client = client;
    }

    /** The JVM's server. The first call starts it, which takes some seconds; it stops with the JVM. */
    public static ApiServer shared() {
        return Shared.SERVER;
    }

    /** A client with every right. It is everybody's: don't close it. */
    public KubernetesClient client() {
        return client;
    }

    /** A new client with every right, for a test that closes it. */
    public KubernetesClient newClient() {
        return newClient(kubeconfig);
    }

    /** The text of a kubeconfig with every right. */
    public String kubeconfig() {
        return kubeconfig;
    }

    /** Creates a namespace that no other test uses, and returns its name. */
    public String newNamespace() {
        String name = "test-" + namespaces.incrementAndGet();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    /** The kubectl that lies beside the kube-apiserver. */
    public Path kubectl() {
        return tool("kubectl");
    }

    /** A program that lies beside the kube-apiserver. */
    public Path tool(String name) {
        Path versions = Path.of(System.getenv("KUBE_API_TEST_DIR"), "k8s");
        try (Stream<Path> found = Files.walk(versions, 2)) {
            return found.filter(file -> file.endsWith(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no " + name + " under " + versions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ApiServer start() {
        ApiServer server = bare();
        server.establish(Path.of("crds"));
        return server;
    }

    /** A server of a test's own, without any CustomResourceDefinition. It stops with the JVM, too. */
    public static ApiServer bare() {
        KubeAPIServer server = startProcesses();
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop, "stop-kube-apiserver"));
        return new ApiServer(server.getKubeConfigYaml(), newClient(server.getKubeConfigYaml()));
    }

    /** Tries twice: the server's free ports are drawn before they are bound, and now and then one is drawn for two of them. */
    private static KubeAPIServer startProcesses() {
        KubeAPIServer first = newServer();
        try {
            first.start();
            return first;
        } catch (KubeAPITestException firstFailure) {
            stopQuietly(first, firstFailure);
            KubeAPIServer second = newServer();
            try {
                second.start();
                return second;
            } catch (KubeAPITestException e) {
                e.addSuppressed(firstFailure);
                throw e;
            }
        }
    }

    private static KubeAPIServer newServer() {
        return new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                .withOfflineMode(true)
                .withUpdateKubeConfig(false)
                // What a webhook of somebody's would do to Pods, without a server for it.
                .withApiServerFlags(List.of(
                        "--feature-gates=MutatingAdmissionPolicy=true",
                        "--runtime-config=admissionregistration.k8s.io/v1beta1=true"))
                .build());
    }

    private static void stopQuietly(KubeAPIServer server, KubeAPITestException failure) {
        try {
            server.stop();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static KubernetesClient newClient(String kubeconfig) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.fromKubeconfig(kubeconfig))
                        .withRequestRetryBackoffLimit(TestOperator.REQUEST_RETRIES)
                        .build())
                .withKubernetesSerialization(Serialization.create())
                .build();
    }

    /** Installs or upgrades the CustomResourceDefinitions of a folder. */
    public void establish(Path folder) {
        for (Path file : crds(folder)) {
            try (var in = Files.newInputStream(file)) {
                for (HasMetadata crd : client.load(in).serverSideApply()) {
                    client.resource((CustomResourceDefinition) crd)
                            .waitUntilCondition(ApiServer::established, ESTABLISHED_TIMEOUT_SECONDS, TimeUnit.SECONDS);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<Path> crds(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean established(CustomResourceDefinition crd) {
        return crd != null
                && crd.getStatus() != null
                && crd.getStatus().getConditions() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }

    /** Started when first asked for, by the JVM's own rule for the initialisation of classes. */
    private static final class Shared {
        private static final ApiServer SERVER = start();
    }
}
