package dev.claudejob.bench;

import dev.claudejob.bench.Subject.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;

/**
 * Measures the helper beside Envoy with its credential injector: one load generator, one upstream with TLS, one table. Arguments: a
 * scratch folder, the helper's launcher, and Envoy's binary, which may be absent.
 */
public final class Bench {
    private static final int STARTS = 9;
    private static final int SMALL = 2 * 1024;
    private static final int LARGE = 100 * 1024;
    private static final int STREAMS = 100;
    private static final long SETTLE = 7_000_000_000L;
    private static final int HUGE = 32 * 1000 * 1000;

    private final TlsUpstream upstream;
    private final Recipes recipes;
    private final Map<String, Map<String, String>> rows = new LinkedHashMap<>();

    private Bench(Path folder) throws Exception {
        upstream = new TlsUpstream(folder);
        recipes = new Recipes(folder, upstream);
    }

    /** Prints the table as Markdown. */
    public static void main(String[] args) throws Exception {
        Bench bench = new Bench(Path.of(args[0]));
        List<Recipe> all = new ArrayList<>(List.of(bench.recipes.helper(Path.of(args[1]))));
        if (args.length > 2) {
            all.add(bench.recipes.envoy(Path.of(args[2])));
        }
        for (Recipe recipe : all) {
            bench.starts(recipe);
        }
        bench.latencies(all);
        long direct = bench.upstream.unchanged.get();
        for (Recipe recipe : all) {
            bench.load(recipe);
        }
        boolean passedThrough = bench.upstream.unchanged.get() > direct;
        bench.direct();
        bench.print(all.stream().map(Recipe::name).toList());
        if (passedThrough || bench.upstream.strangers.get() > 0) {
            System.err.println("requests reached the upstream without the credential, or with two");
            System.exit(1);
        }
        System.exit(0);
    }

    private void put(String row, String column, double value) {
        rows.computeIfAbsent(row, r -> new LinkedHashMap<>())
                .put(column, String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.0f", value));
    }

    private void starts(Recipe recipe) throws IOException {
        double[] answered = new double[STARTS];
        double[] ready = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            answered[i] = Subject.timeToFirstAnswer(recipe, Wire.request(SMALL));
            if (recipe.name().equals("helper")) {
                ready[i] = timeToGo(recipe);
            }
        }
        if (recipe.name().equals("helper")) {
            put("exec until the agent may start, ms (goal 150)", recipe.name(), median(ready));
        }
        put("exec until the first request is answered, ms", recipe.name(), median(answered));
    }

    private double timeToGo(Recipe recipe) throws IOException {
        Files.deleteIfExists(recipes.go());
        long begin = System.nanoTime();
        try (Subject subject = recipe.start()) {
            while (!Files.exists(recipes.go())) {
                LockSupport.parkNanos(200_000);
                if (System.nanoTime() - begin > 20_000_000_000L) {
                    throw new IOException(subject.name + " was never ready");
                }
            }
            return (System.nanoTime() - begin) / 1e6;
        }
    }

    /** Turn by turn, so that whatever else the machine does hits all of them alike. */
    private void latencies(List<Recipe> all) throws IOException {
        List<Subject> subjects = new ArrayList<>();
        List<Client> clients = new ArrayList<>(List.of(Client.to(upstream.port(), upstream.context)));
        for (Recipe recipe : all) {
            Subject subject = recipe.start();
            subject.awaitAnswer(Wire.request(SMALL));
            subjects.add(subject);
            clients.add(Client.to(subject.port, null));
        }
        // A run's first minutes: an agent asks a few hundred times at most.
        latencies(all, clients, SMALL, 1500, false);
        latencies(all, clients, LARGE, 500, false);
        latencies(all, clients, SMALL, 1500, true);
        latencies(all, clients, LARGE, 800, true);
        for (Client client : clients) {
            client.close();
        }
        subjects.forEach(Subject::close);
    }

    private void latencies(List<Recipe> all, List<Client> clients, int bytes, int times, boolean report)
            throws IOException {
        byte[] request = Wire.request(bytes);
        double[][] millis = new double[clients.size()][times];
        for (int i = 0; i < times; i++) {
            for (int c = 0; c < clients.size(); c++) {
                millis[c][i] = clients.get(c).ask(request) / 1e6;
            }
        }
        if (report) {
            String size = bytes / 1024 + " KB request: ";
            for (double at : new double[] {0.5, 0.99}) {
                String row = "p" + (int) (at * 100) + " to the first byte, ms, ";
                put(size + row + "in all", "direct", percentile(millis[0], at));
                for (int c = 1; c < clients.size(); c++) {
                    put(size + row + "in all", all.get(c - 1).name(), percentile(millis[c], at));
                    put(
                            size + row + "added (goal 2)",
                            all.get(c - 1).name(),
                            percentile(millis[c], at) - percentile(millis[0], at));
                }
            }
        }
    }

    private void load(Recipe recipe) throws Exception {
        String name = recipe.name();
        try (Subject subject = recipe.start()) {
            subject.awaitAnswer(Wire.request(SMALL));
            // What starting took is given back within seconds.
            LockSupport.parkNanos(SETTLE);
            put("RSS idle, MiB (goal 64)", name, subject.memory("VmRSS"));
            // What an agent with a few subagents does.
            subject.forgetPeak();
            together(4, 60, subject.port, null, Wire.request(LARGE, 50, 300));
            put("RSS at most, 4 streams of 100 KB requests, MiB", name, subject.memory("VmHWM"));
            LockSupport.parkNanos(SETTLE);
            put("RSS after them, MiB (goal 64)", name, subject.memory("VmRSS"));
            subject.forgetPeak();
            throughput(name, subject.port, null);
            put("RSS at most, 100 streams, MiB", name, subject.memory("VmHWM"));
            subject.forgetPeak();
            huge(name, subject.port, null);
            put("RSS at most, 32 MB body, MiB", name, subject.memory("VmHWM"));
        }
    }

    private void direct() throws Exception {
        throughput("direct", upstream.port(), upstream.context);
        huge("direct", upstream.port(), upstream.context);
    }

    private static void throughput(String name, int port, SSLContext tls, Bench bench) throws Exception {
        int rounds = 20;
        byte[] request = Wire.request(LARGE / 10, 100, 300);
        together(STREAMS, 2, port, tls, request);
        double seconds = together(STREAMS, rounds, port, tls, request);
        bench.put("100 concurrent streams: answers/s, of 100 events each", name, STREAMS * rounds / seconds);
    }

    private void throughput(String name, int port, SSLContext tls) throws Exception {
        throughput(name, port, tls, this);
    }

    private void huge(String name, int port, SSLContext tls) throws Exception {
        byte[] request = Wire.request(HUGE);
        double[] millis = new double[3];
        try (Client client = Client.to(port, tls)) {
            for (int i = 0; i < millis.length; i++) {
                millis[i] = client.ask(request) / 1e6;
            }
        }
        put("32 MB request: ms to the first byte", name, median(millis));
    }

    /** Seconds that so many clients at once need for so many requests each. */
    private static double together(int clients, int requests, int port, SSLContext tls, byte[] request)
            throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Client> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                all.add(Client.to(port, tls));
            }
            long begin = System.nanoTime();
            List<Callable<Void>> tasks = new ArrayList<>();
            for (Client client : all) {
                tasks.add(() -> {
                    for (int i = 0; i < requests; i++) {
                        client.ask(request);
                    }
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(tasks)) {
                try {
                    done.get();
                } catch (ExecutionException e) {
                    throw new IOException("a stream broke: " + e.getCause(), e);
                }
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            for (Client client : all) {
                client.close();
            }
            return seconds;
        }
    }

    private static double median(double[] values) {
        return percentile(values, 0.5);
    }

    private static double percentile(double[] values, double at) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1, Math.round(at * (sorted.length - 1)))];
    }

    private void print(List<String> names) {
        List<String> columns = new ArrayList<>(names);
        columns.add("direct");
        StringBuilder table =
                new StringBuilder("| |").append(String.join("|", columns)).append("|\n|---|");
        columns.forEach(column -> table.append("--:|"));
        rows.forEach((row, values) -> {
            table.append("\n| ").append(row).append(" |");
            columns.forEach(column ->
                    table.append(' ').append(values.getOrDefault(column, "")).append(" |"));
        });
        System.out.println(table);
    }
}
