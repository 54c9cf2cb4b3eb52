package dev.claudejob.helper;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where a credential may be sent, and nowhere else.
 *
 * @param prefix a path that stands before every request's, without a slash at its end; often empty
 */
record UpstreamAddress(boolean tls, String host, int port, String prefix) {
    static UpstreamAddress of(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("an upstream must be a URL: " + url, e);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        String host = uri.getHost();
        if (!(scheme.equals("http") || scheme.equals("https"))
                || host == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("an upstream must be http(s)://host[:port][/prefix]: " + url);
        }
        boolean tls = scheme.equals("https");
        int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return new UpstreamAddress(tls, host, port, path.replaceAll("/+$", ""));
    }

    /** The value of a Host header. */
    String authority() {
        return port == (tls ? 443 : 80) ? host : host + ":" + port;
    }

    /** As people write it. */
    @Override
    public String toString() {
        return (tls ? "https://" : "http://") + authority() + prefix;
    }
}
