package dev.claudejob.helper;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * What is reached without the proxy. Each entry is a host name (which covers the names below it, with a dot in front or without), an
 * IP address, a CIDR range, or {@code *}; the first two may have a port. Names are compared as they stand: none is looked up.
 */
final class NoProxy {
    private final List<Predicate<UpstreamAddress>> entries;

    private NoProxy(List<Predicate<UpstreamAddress>> entries) {
        this.entries = entries;
    }

    /** Reads entries that are separated by commas; an error says which is wrong. */
    static NoProxy of(String list) {
        return new NoProxy(Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .map(entry -> entry.toLowerCase(Locale.ROOT))
                .map(NoProxy::entry)
                .toList());
    }

    boolean covers(UpstreamAddress upstream) {
        return entries.stream().anyMatch(entry -> entry.test(upstream));
    }

    private static Predicate<UpstreamAddress> entry(String entry) {
        if (entry.equals("*")) {
            return upstream -> true;
        }
        int slash = entry.indexOf('/');
        if (slash >= 0) {
            return range(entry, slash);
        }
        // An IPv6 address has colons of its own; only in brackets can it have a port.
        boolean hasPort = entry.matches("(\\[.*]|[^:]*):[0-9]{1,5}");
        int colon = entry.lastIndexOf(':');
        String host = bare(hasPort ? entry.substring(0, colon) : entry).replaceFirst("^\\*?\\.", "");
        int port = hasPort ? Integer.parseInt(entry.substring(colon + 1)) : -1;
        return upstream -> {
            String name = bare(upstream.host().toLowerCase(Locale.ROOT));
            return (port < 0 || port == upstream.port()) && (name.equals(host) || name.endsWith("." + host));
        };
    }

    private static Predicate<UpstreamAddress> range(String entry, int slash) {
        byte[] network = literal(entry.substring(0, slash));
        String bits = entry.substring(slash + 1);
        if (network.length == 0 || !bits.matches("[0-9]{1,3}") || Integer.parseInt(bits) > network.length * 8) {
            throw new IllegalArgumentException("CLAUDEJOB_NO_PROXY: " + entry + " is no range of addresses");
        }
        int length = Integer.parseInt(bits);
        return upstream -> {
            byte[] address = literal(upstream.host());
            return address.length == network.length && samePrefix(address, network, length);
        };
    }

    private static boolean samePrefix(byte[] a, byte[] b, int bits) {
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i % 8);
            if ((a[i / 8] & mask) != (b[i / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** The bytes of an address that is written as one; none for a name. */
    private static byte[] literal(String host) {
        String bare = bare(host);
        if (!bare.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}") && !bare.contains(":")) {
            return new byte[0];
        }
        try {
            return InetAddress.getByName(bare).getAddress();
        } catch (UnknownHostException e) {
            return new byte[0];
        }
    }

    private static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }
}
