package dev.claudejob.testing;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody.Consumer;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.net.HttpURLConnection;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The line between an operator and the apiserver: it notes each request, can cut the line before or after any write, and can let something
 * else happen just before one. Events for people and watches don't count.
 */
public final class Wire implements Interceptor {
    private static final Duration QUIET = Duration.ofSeconds(2);

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> forbidden = new CopyOnWriteArrayList<>();
    private final AtomicInteger writes = new AtomicInteger();
    private volatile int cutBefore = Integer.MAX_VALUE;
    private volatile int cutAfter = Integer.MAX_VALUE;
    private volatile @Nullable Ambush ambush;
    private volatile boolean cut;
    private volatile CountDownLatch startOfWrites = new CountDownLatch(0);

    private record Ambush(Predicate<String> request, Runnable action) {}

    /** Each request so far, as method and path: reads, writes, Events. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Each request that the apiserver refused for want of a right. */
    public List<String> forbidden() {
        return List.copyOf(forbidden);
    }

    /** Waits until nothing has been asked for a while. */
    public void awaitQuiet() {
        AtomicInteger last = new AtomicInteger(-1);
        JobsOfANamespace.eventually().during(QUIET).until(() -> {
            int now = requests.size();
            return last.getAndSet(now) == now;
        });
    }

    public void forgetRequests() {
        requests.clear();
    }

    /** Nothing is written before this ends: caches that are still being filled would take a line that is cut for their own failure. */
    void writesWaitFor(CountDownLatch start) {
        startOfWrites = start;
    }

    /** The operator dies before its n-th write from now on, counted from 1, leaves the machine. */
    void cutBeforeWrite(int n) {
        cutBefore = writes.get() + n;
    }

    /** The operator dies after its n-th write was carried out, and never sees the answer. */
    void cutAfterWrite(int n) {
        cutAfter = writes.get() + n;
    }

    /** True once nothing gets through any more. */
    public boolean isCut() {
        return cut;
    }

    /** Something happens, once, just before the first request that fits. */
    public void before(Predicate<String> request, Runnable action) {
        ambush = new Ambush(request, action);
    }

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        String words = words(request);
        if (isWrite(request)) {
            awaitStart();
            int n = writes.incrementAndGet();
            if (n == cutBefore) {
                cut = true;
            }
        }
        if (cut) {
            throw new KubernetesClientException("the line is cut");
        }
        Ambush waiting = ambush;
        if (waiting != null && waiting.request().test(words)) {
            ambush = null;
            waiting.action().run();
        }
        if (!request.uri().toString().contains("watch=true")) {
            requests.add(words);
        }
    }

    @Override
    public void after(HttpRequest request, HttpResponse<?> response, Consumer<List<ByteBuffer>> consumer) {
        if (response.code() == HttpURLConnection.HTTP_FORBIDDEN) {
            forbidden.add(words(request));
        }
        if (isWrite(request) && writes.get() == cutAfter) {
            cut = true;
        }
        if (cut) {
            throw new KubernetesClientException("the line is cut");
        }
    }

    private void awaitStart() {
        try {
            startOfWrites.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted", e);
        }
    }

    private static boolean isWrite(HttpRequest request) {
        return !request.method().equals("GET") && !request.uri().getPath().endsWith("/events");
    }

    private static String words(HttpRequest request) {
        return request.method() + " " + request.uri().getPath();
    }
}
