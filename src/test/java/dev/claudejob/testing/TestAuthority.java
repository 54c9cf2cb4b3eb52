package dev.claudejob.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A certificate authority of a test's own, and servers that it vouches for. */
public final class TestAuthority {
    private static final String PASSWORD = "password";

    private final Path keys;

    /** The authority's own certificate, as PEM. */
    public final Path certificate;

    /** @param san what its server certificate is for, as keytool writes it: {@code dns:localhost} */
    public TestAuthority(Path folder, String san) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        keys = folder.resolve("keys.p12");
        certificate = folder.resolve("ca.crt");
        keytool("-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=Test Authority", "-ext", "bc:c");
        keytool(
                "-genkeypair",
                "-alias",
                "server",
                "-signer",
                "ca",
                "-keyalg",
                "EC",
                "-dname",
                "CN=server",
                "-ext",
                "san=" + san);
        keytool("-exportcert", "-rfc", "-alias", "ca", "-file", certificate.toString());
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(Stream.concat(
                                Stream.of(Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString()),
                                Stream.concat(
                                        Stream.of(arguments),
                                        Stream.of(
                                                "-keystore",
                                                keys.toString(),
                                                "-storetype",
                                                "PKCS12",
                                                "-storepass",
                                                PASSWORD)))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("keytool " + List.of(arguments) + ": " + output);
        }
    }

    /** A server socket on loopback, with the server's certificate. */
    public SSLServerSocket listen() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 100, InetAddress.getLoopbackAddress());
    }

    /** The server's key and certificate, as PKCS #12; its password is {@code password}. */
    public Path keys() {
        return keys;
    }

    /** A trust store that holds the authority, for {@code javax.net.ssl.trustStore}; its password is {@code password}. */
    public Path trustStore() {
        return keys;
    }
}
