package dev.claudejob.helper;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to one upstream: directly or through the install's proxy, and with TLS inside when the upstream has it. Thread-safe.
 */
final class Dialer {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int MAX_HEADERS = 100;

    private final UpstreamAddress upstream;
    private final @Nullable UpstreamAddress proxy;
    private final Trust trust;
    private final Names names;

    /** What addresses a name has. */
    interface Names {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    Dialer(UpstreamAddress upstream, Egress egress, Trust trust) {
        this(upstream, egress, trust, InetAddress::getAllByName);
    }

    Dialer(UpstreamAddress upstream, Egress egress, Trust trust, Names names) {
        this.names = names;
        this.upstream = upstream;
        this.proxy = egress.proxyFor(upstream);
        this.trust = trust;
    }

    /** @throws IOException when there is no connection; the message is fit for people */
    Socket dial() throws IOException {
        UpstreamAddress next = proxy == null ? upstream : proxy;
        Socket socket = reach(next);
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(CONNECT_MILLIS);
            if (proxy != null) {
                tunnel(socket, proxy);
            }
            return upstream.tls() ? secure(socket) : socket;
        } catch (SSLException e) {
            socket.close();
            throw isDistrust(e)
                    ? new NotTrustedException(upstream + " is not trusted: " + e.getMessage(), e)
                    : new IOException("TLS with " + upstream + " failed: " + e.getMessage(), e);
        } catch (SocketTimeoutException e) {
            socket.close();
            throw new IOException(next + " said nothing for " + CONNECT_MILLIS / 1000 + " s", e);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static boolean isDistrust(SSLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException || cause instanceof CertPathValidatorException) {
                return true;
            }
        }
        return false;
    }

    private Socket reach(UpstreamAddress next) throws IOException {
        InetAddress[] candidates;
        try {
            candidates = names.addresses(next.host());
        } catch (UnknownHostException e) {
            throw new IOException(via(next) + " can't be reached: its name is not known", e);
        }
        IOException failure = new IOException(via(next) + " has no address");
        for (InetAddress candidate : candidates) {
            Socket socket = new BufferedSocket();
            try {
                socket.connect(new InetSocketAddress(candidate, next.port()), CONNECT_MILLIS);
                return socket;
            } catch (SocketException | SocketTimeoutException e) {
                // Whatever it is, such as a network that knows no IPv6: another address may do.
                socket.close();
                failure = new IOException(via(next) + " can't be reached: " + e.getMessage(), e);
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        }
        throw failure;
    }

    private String via(UpstreamAddress next) {
        return next.equals(proxy) ? "the proxy " + next : next.toString();
    }

    private void tunnel(Socket socket, UpstreamAddress through) throws IOException {
        String target = upstream.host() + ":" + upstream.port();
        socket.getOutputStream()
                .write(("CONNECT " + target + " HTTP/1.1\r\nhost: " + target + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        // Unbuffered: what follows the head belongs to the tunnel.
        String status = BodyStream.line(socket.getInputStream());
        if (!status.matches("HTTP/1\\.[01] [1-9][0-9]{2}( .*)?")) {
            throw new IOException("the proxy " + through + " does not speak HTTP/1.1");
        }
        for (int n = 0; !BodyStream.line(socket.getInputStream()).isEmpty(); n++) {
            if (n == MAX_HEADERS) {
                throw new IOException("the proxy " + through + " sent too many headers");
            }
        }
        if (status.charAt(9) != '2') {
            throw new IOException("the proxy " + through + " refuses " + target + ": " + status.substring(9));
        }
    }

    private SSLSocket secure(Socket socket) throws IOException {
        try {
            SSLSocket secured = (SSLSocket)
                    trust.context().getSocketFactory().createSocket(socket, upstream.host(), upstream.port(), true);
            SSLParameters parameters = secured.getSSLParameters();
            // An SSLSocket does not compare the certificate with the host name unless it is told to.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            secured.setSSLParameters(parameters);
            secured.startHandshake();
            return secured;
        } catch (GeneralSecurityException e) {
            throw new IOException("this runtime has no TLS: " + e.getMessage(), e);
        }
    }

    /** A TLS record's head and the rest, and more of them when they are there, come by one system call: an SSLSocket itself makes two for each. */
    private static final class BufferedSocket extends Socket {
        private static final int BUFFER = 4 * 1024;

        private @Nullable InputStream buffered;

        @Override
        public synchronized InputStream getInputStream() throws IOException {
            if (buffered == null) {
                buffered = new BufferedInputStream(super.getInputStream(), BUFFER);
            }
            return buffered;
        }
    }
}
