package dev.claudejob.faults;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A proxy between one operator and the real apiserver. Each request may meet a {@link Fault}; the whole line can be frozen, as if the operator
 * were stopped by SIGSTOP with its requests in flight, and cut for good, as if its machine had lost power.
 */
final class Line implements AutoCloseable {
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "host", "content-length", "upgrade", "http2-settings", "transfer-encoding", "expect");

    private static final String GONE = """
            {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410,\
            "message":"too old resource version"}}""";

    private static final List<String> NO_WRITES = List.of("/events", "/leases", "/selfsubjectrulesreviews");

    private static final Duration QUIET = Duration.ofSeconds(2);

    private static final Pattern VERSION = Pattern.compile("resourceVersion=(\\d+)");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;
    private final URI apiServer;
    private final Function<Call, Fault> faults;
    private final Mistake mistake;
    private final List<String> met = new CopyOnWriteArrayList<>();
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private final Map<String, String> beginnings = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition thawed = lock.newCondition();
    private boolean frozen;
    private int countedWrites;
    private final CountDownLatch cutting = new CountDownLatch(1);
    private volatile boolean cut;
    private volatile long awayUntil = System.nanoTime();

    /**
     * One request.
     *
     * @param write counts writes from 1, Events and Leases apart; 0 for anything else
     * @param body what is sent
     */
    record Call(String method, String path, boolean watch, int write, String body) {}

    Line(Config config, Function<Call, Fault> faults, Mistake mistake) {
        this.faults = faults;
        this.mistake = mistake;
        apiServer = URI.create(config.getMasterUrl());
        try {
            client = HttpClient.newBuilder()
                    .sslContext(SSLUtils.sslContext(config))
                    .version(HttpClient.Version.HTTP_1_1)
                    .executor(threads)
                    .build();
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Where the operator finds its apiserver. */
    String url() {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    /** The faults that requests have met. */
    List<String> met() {
        return List.copyOf(met);
    }

    /** Writes that were carried out. */
    List<String> writes() {
        return List.copyOf(writes);
    }

    /** Nothing goes on, in either direction, until {@link #thaw()}. */
    private void freeze() {
        lock.lock();
        try {
            frozen = true;
        } finally {
            lock.unlock();
        }
    }

    boolean isFrozen() {
        lock.lock();
        try {
            return frozen;
        } finally {
            lock.unlock();
        }
    }

    void thaw() {
        lock.lock();
        try {
            frozen = false;
            thawed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing goes through any more. */
    void cut() {
        cut = true;
        cutting.countDown();
        thaw();
    }

    boolean isCut() {
        return cut;
    }

    /** A cut line has nothing to wait for. */
    private void pause(Duration time) throws InterruptedException {
        boolean unused = cutting.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean away() {
        return System.nanoTime() - awayUntil < 0;
    }

    private void awaitThaw() {
        lock.lock();
        try {
            while (frozen) {
                thawed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Call call = call(exchange, body);
            awaitThaw();
            Fault fault = cut || away() ? new Fault.LostRequest() : faults.apply(call);
            if (fault instanceof Fault.Freeze) {
                // Before anybody can know of it: else it might be thawed too early, and stay frozen.
                freeze();
            }
            if (!(fault instanceof Fault.None)) {
                met.add(fault + " at " + call.method() + " " + call.path() + (call.watch() ? " (watch)" : ""));
            }
            if (cut) {
                return;
            }
            switch (fault) {
                case Fault.Freeze freeze -> {
                    awaitThaw();
                    forward(exchange, call, body, new Fault.None());
                }
                case Fault.LostRequest lost -> {}
                case Fault.Outage outage ->
                    awayUntil = System.nanoTime() + outage.time().toNanos();
                case Fault.Refuse refuse -> answer(exchange, refuse.status());
                case Fault.Slow slow -> {
                    pause(slow.by());
                    forward(exchange, call, body, fault);
                }
                default -> forward(exchange, call, body, fault);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Call call(HttpExchange exchange, byte[] body) {
        String path = exchange.getRequestURI().getPath();
        String query = exchange.getRequestURI().getQuery();
        boolean watch = query != null && query.contains("watch=true");
        boolean write =
                !exchange.getRequestMethod().equals("GET") && NO_WRITES.stream().noneMatch(path::contains);
        lock.lock();
        try {
            return new Call(
                    exchange.getRequestMethod(),
                    path,
                    watch,
                    write ? ++countedWrites : 0,
                    new String(body, StandardCharsets.UTF_8));
        } finally {
            lock.unlock();
        }
    }

    private void forward(HttpExchange exchange, Call call, byte[] sent, Fault fault)
            throws IOException, InterruptedException {
        URI uri = apiServer.resolve(exchange.getRequestURI());
        byte[] body = mistake.made(call, sent, () -> stored(uri));
        URI asked = call.watch() ? from(uri, fault instanceof Fault.WatchTravelsBack) : uri;
        HttpRequest.Builder request = HttpRequest.newBuilder(asked)
                .method(call.method(), body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            if (call.write() > 0 && response.statusCode() < 300) {
                writes.add(call.method() + " " + call.path());
            }
            awaitThaw();
            if (fault instanceof Fault.Death death && !death.answered()) {
                cut();
            }
            if (cut || fault instanceof Fault.LostAnswer) {
                return;
            }
            if (fault instanceof Fault.DoneButError error) {
                answer(exchange, error.status());
                return;
            }
            response.headers()
                    .firstValue("content-type")
                    .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
            exchange.sendResponseHeaders(response.statusCode(), 0);
            try (OutputStream out = exchange.getResponseBody()) {
                if (call.watch()) {
                    watch(in, out, fault);
                } else {
                    in.transferTo(out);
                }
            }
            if (fault instanceof Fault.Death) {
                cut();
            }
        }
    }

    private byte[] stored(URI uri) {
        try {
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofByteArray())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The URL of a watch, from where it asks for or from where the first one of its path did. */
    private URI from(URI watch, boolean theBeginning) {
        Matcher version = VERSION.matcher(watch.toString());
        if (!version.find()) {
            return watch;
        }
        String first = beginnings.computeIfAbsent(watch.getPath(), path -> version.group(1));
        return theBeginning ? URI.create(version.replaceFirst("resourceVersion=" + first)) : watch;
    }

    private void watch(InputStream in, OutputStream out, Fault fault) throws IOException, InterruptedException {
        int events = 0;
        Repeats repeats = new Repeats(event -> write(out, event));
        for (String line = line(in); line != null; line = line(in)) {
            awaitThaw();
            if (cut || away()) {
                return;
            }
            if (fault instanceof Fault.WatchCloses closes && events >= closes.events()) {
                return;
            }
            if (fault instanceof Fault.WatchTravelsBack travels && events >= travels.events()) {
                return;
            }
            if (fault instanceof Fault.WatchStalls stalls && events >= stalls.events()) {
                pause(stalls.time());
                return;
            }
            if (fault instanceof Fault.WatchIsGone gone && events >= gone.events()) {
                write(out, GONE);
                return;
            }
            if (fault instanceof Fault.WatchRepeats) {
                int number = repeats.bring(line);
                threads.execute(() -> repeatWhenQuiet(repeats, number));
            } else {
                write(out, line);
            }
            events++;
        }
    }

    private void repeatWhenQuiet(Repeats repeats, int number) {
        try {
            pause(QUIET);
            repeats.quietSince(number);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // Nobody watches any more.
        }
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream buffer = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            buffer.write(b);
        }
        return buffer.toString(StandardCharsets.UTF_8);
    }

    private static void write(OutputStream out, String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        String reason = switch (status) {
            case 409 -> "Conflict";
            case 429 -> "TooManyRequests";
            default -> "InternalError";
        };
        byte[] body = """
                {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"%s","code":%d,"message":"injected"}""".formatted(reason, status).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (status == 429) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        cut();
        server.stop(0);
        threads.shutdownNow();
        client.shutdownNow();
    }
}
