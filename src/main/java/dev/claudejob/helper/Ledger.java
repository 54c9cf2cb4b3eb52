package dev.claudejob.helper;

import dev.claudejob.summary.Fields;
import dev.claudejob.summary.Json;
import dev.claudejob.summary.Json.MalformedJsonException;
import dev.claudejob.summary.Measured;
import dev.claudejob.summary.Summary.Capped;
import dev.claudejob.summary.Summary.Cooling;
import dev.claudejob.summary.Summary.Limit;
import dev.claudejob.summary.Summary.Outlook;
import dev.claudejob.summary.Summary.Proxy;
import dev.claudejob.summary.Summary.Spend;
import dev.claudejob.summary.Summary.Usage;
import dev.claudejob.summary.Summary.Window;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts what passes through the proxy. The counts are kept in a file that only the helper can write, replaced as a whole, so
 * that they survive when the helper is killed and started again. Thread-safe.
 */
final class Ledger {
    private static final int MAX_FILE_BYTES = 64 * 1024;

    private final Path file;
    private final Log log;
    private long requests;
    private long ok;
    private final TreeMap<Integer, Long> statuses = new TreeMap<>();
    private long held;
    private long heldMillis;
    private long holdingSince;
    private boolean holding;
    private boolean kept = true;
    private int credential;
    private @Nullable Limit limit;
    private Meter meter = new Meter(List.of());
    private @Nullable Capped capped;
    private final TreeMap<Integer, Cooling> cooling = new TreeMap<>();
    private final TreeMap<Integer, Outlook> outlook = new TreeMap<>();

    /** Goes on from the file when there is one. */
    Ledger(Path file, Log log) {
        this.file = file;
        this.log = log;
        if (Files.isRegularFile(file)) {
            try {
                load();
            } catch (IOException | MalformedJsonException e) {
                log.say("the counts of before a restart are lost: " + e.getMessage());
            }
        }
    }

    synchronized void requestBegins() {
        requests++;
    }

    /** @param status what was passed on to the agent */
    synchronized void requestEnds(int status) {
        if (status >= 200 && status < 300) {
            ok++;
        } else {
            statuses.merge(status, 1L, Long::sum);
        }
        save();
    }

    synchronized void requestHeld() {
        held++;
    }

    synchronized void holdBegins() {
        holding = true;
        holdingSince = System.nanoTime();
    }

    synchronized void holdEnds() {
        heldMillis += (System.nanoTime() - holdingSince) / 1_000_000;
        holding = false;
        save();
    }

    synchronized void limited(Limit seen) {
        limit = seen;
        save();
    }

    synchronized @Nullable Limit limit() {
        return limit;
    }

    /** An answer told of tokens; negative ones correct what it told before. */
    synchronized void spent(int with, String model, Usage more) {
        meter.add(with, model, more);
        save();
    }

    /** An answer did not tell all that it used: so much more it was at most. */
    synchronized void estimated(int with, long outputTokens) {
        if (outputTokens > 0) {
            log.say("an answer did not tell all that it used: " + outputTokens
                    + " output tokens are charged, as the request allowed");
            meter.add(with, Meter.ESTIMATED, new Usage(0, outputTokens, 0, 0));
            save();
        }
    }

    /** A request goes out with this credential. */
    synchronized void uses(int index) {
        credential = index;
    }

    /** The credential that was used last: the first when it is none of so many. */
    synchronized int lastUsed(int of) {
        return credential < of ? credential : 0;
    }

    synchronized void cools(Cooling one) {
        cooling.put(one.credential(), one);
        save();
    }

    synchronized void coolsNoMore(int index) {
        cooling.remove(index);
        save();
    }

    synchronized List<Cooling> cooling() {
        return List.copyOf(cooling.values());
    }

    /** Read with every request: kept with what comes of it. */
    synchronized void expires(int index, @Nullable Instant at) {
        Outlook before = outlook(index);
        outlook(new Outlook(index, at == null ? null : Long.valueOf(at.getEpochSecond()), before.windows()));
    }

    /** An answer told of these limits; it need not tell of all. Kept with the answer's end. */
    synchronized void windows(int index, List<Window> told) {
        Outlook before = outlook(index);
        List<Window> windows = new ArrayList<>(before.windows());
        windows.removeIf(old -> told.stream().anyMatch(now -> now.type().equals(old.type())));
        windows.addAll(told);
        outlook(new Outlook(index, before.expiresAt(), windows));
    }

    synchronized List<Outlook> outlook() {
        return List.copyOf(outlook.values());
    }

    private Outlook outlook(int index) {
        return outlook.getOrDefault(index, new Outlook(index, null, List.of()));
    }

    private void outlook(Outlook one) {
        if (one.expiresAt() == null && one.windows().isEmpty()) {
            outlook.remove(one.credential());
        } else {
            outlook.put(one.credential(), one);
        }
    }

    synchronized List<Spend> spends() {
        return meter.spends();
    }

    /**
     * Whether the output tokens are spent, and a request must be refused.
     *
     * @param limit how many there are
     */
    synchronized boolean refuses(long limit) {
        long spent = meter.outputTokens();
        if (spent < limit) {
            return false;
        }
        if (capped == null) {
            capped = new Capped(limit, spent);
            save();
        }
        return true;
    }

    synchronized @Nullable Capped capped() {
        return capped;
    }

    synchronized Proxy counts() {
        long current = holding ? (System.nanoTime() - holdingSince) / 1_000_000 : 0;
        return new Proxy(requests, ok, new LinkedHashMap<>(statuses), held, heldMillis + current, credential);
    }

    private void load() throws IOException, MalformedJsonException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException("the file is too long");
        }
        Fields saved = Fields.of(Json.parse(Files.readString(file)));
        requests = saved.countOrZero("requests");
        ok = saved.countOrZero("ok");
        held = saved.countOrZero("held");
        heldMillis = saved.countOrZero("heldMs");
        Fields counts = saved.object("status");
        for (String status : saved.entries("status").keySet()) {
            if (status.matches("[1-9][0-9]{2}")) {
                statuses.put(Integer.valueOf(status), counts.countOrZero(status));
            }
        }
        meter = new Meter(Measured.readSpends(saved.array("meter")));
        Measured.readCooling(saved.array("cooling")).forEach(one -> cooling.put(one.credential(), one));
        Measured.readOutlook(saved.array("outlook")).forEach(this::outlook);
        Integer last = saved.smallCount("credential");
        credential = last == null ? 0 : last;
        capped = Measured.readCapped(saved.object("capped"));
        Fields seen = saved.object("limit");
        Long resetsAt = seen.count("resetsAt");
        limit = resetsAt == null ? null : new Limit(resetsAt, seen.string("type"), seen.string("status"));
    }

    private void save() {
        SequencedMap<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("requests", requests);
        json.put("ok", ok);
        json.put("held", held);
        json.put("heldMs", heldMillis);
        Map<String, @Nullable Object> counts = new LinkedHashMap<>();
        statuses.forEach((status, count) -> counts.put(status.toString(), count));
        json.put("status", counts);
        if (limit != null) {
            Map<String, @Nullable Object> seen = new LinkedHashMap<>();
            seen.put("resetsAt", limit.resetsAt());
            seen.put("type", limit.type());
            seen.put("status", limit.status());
            json.put("limit", seen);
        }
        json.put("credential", credential);
        json.put("cooling", Measured.cooling(List.copyOf(cooling.values())));
        json.put("outlook", Measured.outlook(outlook()));
        json.put("meter", Measured.spends(meter.spends(), Meter.MAX_MODELS + 1));
        if (capped != null) {
            json.put("capped", Measured.capped(capped));
        }
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            // Not through a channel, which an interrupt closes: the agent that goes away is to be counted, too.
            try (FileOutputStream out = new FileOutputStream(next.toFile())) {
                out.write(Json.write(json).getBytes(StandardCharsets.UTF_8));
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            kept = true;
        } catch (IOException e) {
            // A full disk stays full: not with every request anew.
            if (kept) {
                log.say("the counts can't be kept, and would be lost if the helper were started again: "
                        + e.getMessage());
            }
            kept = false;
        }
    }
}
