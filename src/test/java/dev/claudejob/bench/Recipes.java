package dev.claudejob.bench;

import dev.claudejob.bench.Subject.Recipe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** How helper and Envoy are started: with the same upstream, credential file and authority. */
final class Recipes {
    private static final String ENVOY = """
            static_resources:
              listeners:
              - address: {socket_address: {address: 127.0.0.1, port_value: @LISTEN@}}
                filter_chains:
                - filters:
                  - name: envoy.filters.network.http_connection_manager
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      stat_prefix: agent
                      stream_idle_timeout: 0s
                      route_config:
                        virtual_hosts:
                        - name: api
                          domains: ["*"]
                          routes: [{match: {prefix: /v1/}, route: {cluster: api, timeout: 0s, host_rewrite_literal: localhost}}]
                      http_filters:
                      - name: envoy.filters.http.credential_injector
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector
                          overwrite: true
                          credential:
                            name: envoy.http.injected_credentials.generic
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic
                              credential: {name: token, sds_config: {path_config_source: {path: @SDS@}}}
                              header: x-api-key
                      - name: envoy.filters.http.router
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
              clusters:
              - name: api
                type: STATIC
                load_assignment:
                  cluster_name: api
                  endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: @UPSTREAM@}}}}]}]
                transport_socket:
                  name: envoy.transport_sockets.tls
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                    sni: localhost
                    common_tls_context:
                      validation_context:
                        trusted_ca: {filename: @CA@}
                        match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: localhost}}]
            """;

    private static final String SDS = """
            resources:
            - "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
              name: token
              generic_secret: {secret: {filename: @TOKEN@}}
            """;

    private final Path folder;
    private final TlsUpstream upstream;
    private final Path token;

    Recipes(Path folder, TlsUpstream upstream) throws IOException {
        this.folder = folder;
        this.upstream = upstream;
        token = Files.writeString(folder.resolve("token"), TlsUpstream.CREDENTIAL);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** The file that the helper makes when the agent may start. */
    Path go() {
        return folder.resolve("go/go");
    }

    Recipe helper(Path launcher) throws IOException {
        for (String name : List.of("shared", "state", "go")) {
            Files.createDirectories(folder.resolve(name));
        }
        int port = freePort();
        return new Recipe(
                "helper",
                List.of(launcher.toString()),
                Map.of(
                        "CLAUDEJOB_CREDENTIALS",
                        "[{\"name\":\"bench/token\",\"kind\":\"apiKey\",\"file\":\"" + token
                                + "\",\"upstream\":\"https://localhost:" + upstream.port() + "\"}]",
                        "CLAUDEJOB_LISTEN",
                        "127.0.0.1:" + port,
                        "CLAUDEJOB_PROBE_PORT",
                        Integer.toString(freePort()),
                        "CLAUDEJOB_CA_FILE",
                        upstream.authority.toString(),
                        "CLAUDEJOB_SHARED",
                        folder.resolve("shared").toString(),
                        "CLAUDEJOB_STATE",
                        folder.resolve("state").toString(),
                        "CLAUDEJOB_GO",
                        go().toString(),
                        "CLAUDEJOB_TERMINATION_LOG",
                        folder.resolve("message").toString()),
                port,
                folder.resolve("helper.log"));
    }

    Recipe envoy(Path binary) throws IOException {
        int port = freePort();
        Path sds = Files.writeString(folder.resolve("sds.yaml"), SDS.replace("@TOKEN@", token.toString()));
        Path config = Files.writeString(
                folder.resolve("envoy.yaml"),
                ENVOY.replace("@LISTEN@", Integer.toString(port))
                        .replace("@UPSTREAM@", Integer.toString(upstream.port()))
                        .replace("@SDS@", sds.toString())
                        .replace("@CA@", upstream.authority.toString()));
        return new Recipe(
                "Envoy",
                List.of(
                        binary.toString(),
                        "-c",
                        config.toString(),
                        "-l",
                        "error",
                        "--disable-hot-restart",
                        "--service-node",
                        "bench",
                        "--service-cluster",
                        "bench"),
                Map.of(),
                port,
                folder.resolve("envoy.log"));
    }
}
