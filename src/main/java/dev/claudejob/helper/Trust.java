package dev.claudejob.helper;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Whose certificates are believed: the runtime's own authorities, and those of the install besides. Thread-safe. */
final class Trust {
    private final List<Certificate> added;
    private @Nullable SSLContext context;

    private Trust(Collection<? extends Certificate> added) {
        this.added = List.copyOf(added);
    }

    /**
     * Reads the install's authorities.
     *
     * @param caFile PEM; null adds none
     * @throws IOException when the file can't be read or holds no certificate; the message is fit for people
     */
    static Trust of(@Nullable Path caFile) throws IOException {
        if (caFile == null) {
            return new Trust(List.of());
        }
        try (InputStream in = Files.newInputStream(caFile)) {
            Collection<? extends Certificate> added =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (added.isEmpty()) {
                throw new IOException("the trust bundle holds no certificate: " + caFile);
            }
            return new Trust(added);
        } catch (CertificateException e) {
            throw new IOException("the trust bundle is not PEM certificates: " + caFile + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException("the trust bundle can't be read: " + e.getMessage(), e);
        }
    }

    /** Made when first needed: the runtime's own authorities take tens of milliseconds to read. */
    synchronized SSLContext context() throws GeneralSecurityException, IOException {
        if (context == null) {
            context = added.isEmpty() ? SSLContext.getDefault() : extended();
        }
        return context;
    }

    private SSLContext extended() throws GeneralSecurityException, IOException {
        KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
        all.load(null, null);
        int n = 0;
        for (TrustManager manager : managers(null)) {
            if (manager instanceof X509TrustManager own) {
                for (X509Certificate authority : own.getAcceptedIssuers()) {
                    all.setCertificateEntry("own-" + n++, authority);
                }
            }
        }
        for (Certificate authority : added) {
            all.setCertificateEntry("added-" + n++, authority);
        }
        SSLContext extended = SSLContext.getInstance("TLS");
        extended.init(null, managers(all), null);
        return extended;
    }

    private static TrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
