package dev.claudejob.helper;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.claudejob.helper.BareUpstream.Heard;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Large, many, slow, broken and silent, on real sockets. */
@Timeout(120)
class RobustnessTest {
    private static final int MEGABYTES_32 = 32 * 1000 * 1000;
    private static final int STREAMS = 100;
    private static final String STREAM_HEAD =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    @TempDir
    Path dir;

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    private static String post(String body) {
        return "POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: " + body.length() + "\r\n\r\n" + body;
    }

    /** Reads one request's head; returns the length of its body. */
    private static long head(InputStream in) throws IOException {
        long length = 0;
        String line = BodyStream.line(in);
        for (; !line.isEmpty(); line = BodyStream.line(in)) {
            if (line.startsWith("content-length: ")) {
                length = Long.parseLong(line.substring(16));
            }
        }
        return length;
    }

    /** Reads one whole request and returns its body. */
    private static String request(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        return new String(in.readNBytes((int) head(in)), ISO_8859_1);
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }

    @Test
    void aBodyOf32MegabytesArrivesWholeByWayOfTheDiskAndLeavesNothingThere() throws Exception {
        MessageDigest sent = MessageDigest.getInstance("SHA-256");
        Queue<String> digests = new ConcurrentLinkedQueue<>();
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    InputStream in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
                    long length = head(in);
                    try {
                        MessageDigest digest = MessageDigest.getInstance("SHA-256");
                        for (byte[] part = in.readNBytes((int) Math.min(64 * 1024, length));
                                part.length > 0;
                                part = in.readNBytes((int) Math.min(64 * 1024, length))) {
                            digest.update(part);
                            length -= part.length;
                        }
                        digests.add(HexFormat.of().formatHex(digest.digest()));
                    } catch (NoSuchAlgorithmException e) {
                        throw new IOException(e);
                    }
                    send(socket, OK);
                });
                Socket agent = kit.agent()) {
            send(
                    agent,
                    "POST /v1/messages HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: " + MEGABYTES_32
                            + "\r\n\r\n");
            assertThat(new String(agent.getInputStream().readNBytes(25), ISO_8859_1))
                    .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            byte[] part = new byte[100_000];
            Random random = new Random(1);
            for (int i = 0; i < MEGABYTES_32 / part.length; i++) {
                random.nextBytes(part);
                sent.update(part);
                agent.getOutputStream().write(part);
            }
            assertThat(new String(agent.getInputStream().readNBytes(12), ISO_8859_1))
                    .isEqualTo("HTTP/1.1 200");
            assertThat(digests).containsExactly(HexFormat.of().formatHex(sent.digest()));
            // The agent has its answer before it is counted.
            await().untilAsserted(() -> {
                try (Stream<Path> files = Files.list(kit.state)) {
                    assertThat(files.map(file -> file.getFileName().toString())).containsOnly("counts.json");
                }
            });
        }
    }

    @Test
    void aHundredStreamsFlowAtOnce() throws Exception {
        CountDownLatch all = new CountDownLatch(STREAMS);
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
            String name = request(socket);
            send(socket, STREAM_HEAD + chunk("first " + name + "\n"));
            all.countDown();
            try {
                all.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            for (int i = 0; i < 20; i++) {
                send(socket, chunk("event " + i + " of " + name + "\n"));
            }
            send(socket, "0\r\n\r\n");
        })) {
            List<Socket> agents = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                agents.add(kit.agent());
                send(agents.get(i), post("stream-" + i));
            }
            for (int i = 0; i < STREAMS; i++) {
                InputStream in = new BufferedInputStream(agents.get(i).getInputStream());
                head(in);
                // Chunks may be cut elsewhere than the upstream's.
                StringBuilder text = new StringBuilder();
                for (long size = size(in); size > 0; size = size(in)) {
                    text.append(new String(in.readNBytes((int) size), ISO_8859_1));
                    BodyStream.line(in);
                }
                List<String> lines = text.toString().lines().toList();
                assertThat(lines).hasSize(21).allMatch(belongsTo(i));
                agents.get(i).close();
            }
        }
    }

    @Test
    void aHundredRequestsMoreTakeTheConnectionsOfTheHundredBefore() throws Exception {
        AtomicLong connections = new AtomicLong();
        CyclicBarrier all = new CyclicBarrier(STREAMS);
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
            connections.incrementAndGet();
            while (true) {
                request(socket);
                try {
                    all.await();
                } catch (InterruptedException | BrokenBarrierException e) {
                    throw new IOException(e);
                }
                send(socket, OK);
            }
        })) {
            List<Socket> agents = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                agents.add(kit.agent());
            }
            for (int round = 0; round < 3; round++) {
                for (Socket agent : agents) {
                    send(agent, post("{}"));
                }
                for (Socket agent : agents) {
                    InputStream in = agent.getInputStream();
                    assertThat(new String(in.readNBytes((int) head(in)), ISO_8859_1))
                            .isEqualTo("ok");
                }
            }
            for (Socket agent : agents) {
                agent.close();
            }
            assertThat(connections).hasValue(STREAMS);
        }
    }

    private static Predicate<String> belongsTo(int stream) {
        return line -> line.endsWith(" stream-" + stream);
    }

    private static long size(InputStream in) throws IOException {
        return Long.parseLong(BodyStream.line(in), 16);
    }

    @Test
    void aReaderThatIsSlowHoldsUpItsOwnStreamAndNoOtherAndLosesNothing() throws Exception {
        AtomicLong sent = new AtomicLong();
        int total = 64 * 1024 * 1024;
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    if (request(socket).equals("quick")) {
                        send(socket, OK);
                        return;
                    }
                    OutputStream out = socket.getOutputStream();
                    out.write(("HTTP/1.1 200 OK\r\ncontent-length: " + total + "\r\n\r\n").getBytes(ISO_8859_1));
                    byte[] part = new byte[64 * 1024];
                    for (int i = 0; i < total / part.length; i++) {
                        Arrays.fill(part, (byte) i);
                        out.write(part);
                        sent.addAndGet(part.length);
                    }
                });
                Socket slow = kit.agent()) {
            slow.setReceiveBufferSize(64 * 1024);
            send(slow, post("slow"));
            AtomicLong before = new AtomicLong(-1);
            await().pollInterval(Duration.ofMillis(300))
                    .until(() -> sent.get() > 0 && before.getAndSet(sent.get()) == sent.get());
            assertThat(sent.get()).as("what sockets hold, and no more").isLessThan(total / 2);
            for (int i = 0; i < 30; i++) {
                try (Socket quick = kit.agent()) {
                    send(quick, post("quick"));
                    assertThat(new String(quick.getInputStream().readNBytes(12), ISO_8859_1))
                            .isEqualTo("HTTP/1.1 200");
                }
            }
            InputStream in = new BufferedInputStream(slow.getInputStream(), 256 * 1024);
            assertThat(head(in)).isEqualTo(total);
            for (int i = 0; i < total / (64 * 1024); i++) {
                byte[] part = in.readNBytes(64 * 1024);
                assertThat(part[0]).isEqualTo((byte) i);
                assertThat(part[part.length - 1]).isEqualTo((byte) i);
            }
        }
    }

    @ParameterizedTest(name = "half closed: {0}")
    @ValueSource(booleans = {false, true})
    void anAgentThatGoesAwayWhileTheUpstreamThinksEndsTheUpstreamsWork(boolean half) throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch noticed = new CountDownLatch(1);
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
            request(socket);
            arrived.countDown();
            // Thinks, until the helper hangs up.
            if (socket.getInputStream().read() < 0) {
                noticed.countDown();
            }
        })) {
            Socket agent = kit.agent();
            send(agent, post("{}"));
            arrived.await();
            if (half) {
                agent.shutdownOutput();
                assertThat(BareUpstream.hear(agent, 10_000).closed()).isTrue();
            } else {
                agent.close();
            }
            noticed.await();
            await().until(() -> kit.open.get() == 0);
            assertThat(kit.printed()).contains("the agent went away").doesNotContain("can't be kept");
        }
    }

    @Test
    void anAgentThatGoesAwayWithinItsRequestLeavesNothingBehind() throws Exception {
        try (BareUpstream kit = new BareUpstream(dir, socket -> send(socket, OK))) {
            try (Socket agent = kit.agent()) {
                send(
                        agent,
                        "POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n"
                                + "x".repeat(500_000));
            }
            try (Socket agent = kit.agent()) {
                send(agent, post("{}"));
                assertThat(new String(agent.getInputStream().readNBytes(12), ISO_8859_1))
                        .isEqualTo("HTTP/1.1 200");
            }
            try (Stream<Path> files = Files.list(kit.state)) {
                assertThat(files.filter(file -> file.toString().contains("body")))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest(name = "reset: {0}")
    @ValueSource(booleans = {false, true})
    void anUpstreamThatHangsUpBeforeItAnswersIsABadGateway(boolean reset) throws Exception {
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    request(socket);
                    if (reset) {
                        socket.setSoLinger(true, 0);
                    }
                });
                Socket agent = kit.agent()) {
            send(agent, post("{}") + post("{}"));
            Heard heard = BareUpstream.hear(agent, 500);
            assertThat(heard.text().split("HTTP/1.1 502", -1))
                    .as("and the connection serves on")
                    .hasSize(3);
            assertThat(heard.text()).contains("closed the connection without an answer");
            await().untilAsserted(() -> assertThat(kit.ledger.counts().status()).containsExactly(entry(502, 2L)));
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"chunked", "content-length", "reset"})
    void anAnswerThatBreaksOffIsNotPassedOnAsAWholeOne(String how) throws Exception {
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    request(socket);
                    send(
                            socket,
                            how.equals("content-length")
                                    ? "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"
                                    : STREAM_HEAD + chunk("half"));
                    if (how.equals("reset")) {
                        socket.setSoLinger(true, 0);
                    }
                });
                Socket agent = kit.agent()) {
            send(agent, post("{}"));
            Heard heard = BareUpstream.hear(agent, 10_000);
            assertThat(heard.closed()).isTrue();
            assertThat(heard.text()).startsWith("HTTP/1.1 200").doesNotContain("\r\n0\r\n");
            await().until(() -> kit.open.get() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nx-a: b\rset-cookie: c\r\n\r\n",
                "HTTP/1.1 101 Switching\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "garbage\r\n\r\n",
            })
    void anAnswerThatIsNoneIsABadGateway(String answer) throws Exception {
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    request(socket);
                    send(socket, answer);
                });
                Socket agent = kit.agent()) {
            send(agent, post("{}"));
            assertThat(BareUpstream.hear(agent, 500).text())
                    .startsWith("HTTP/1.1 502")
                    .doesNotContain("set-cookie");
        }
    }

    @Test
    void anUpstreamThatNeverAnswersIsGivenUpAndOthersAreServedMeanwhile() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (BareUpstream kit = new BareUpstream(dir, Duration.ofSeconds(2), socket -> {
                    if (request(socket).equals("quick")) {
                        send(socket, OK);
                        return;
                    }
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                });
                Socket waiting = kit.agent()) {
            send(waiting, post("silence"));
            try (Socket quick = kit.agent()) {
                send(quick, post("quick"));
                assertThat(new String(quick.getInputStream().readNBytes(12), ISO_8859_1))
                        .isEqualTo("HTTP/1.1 200");
            }
            waiting.setSoTimeout(20_000);
            assertThat(new String(waiting.getInputStream().readNBytes(12), ISO_8859_1))
                    .isEqualTo("HTTP/1.1 502");
            assertThat(BareUpstream.hear(waiting, 300).text()).contains("did not answer in 2 s");
            end.countDown();
        }
    }

    @Test
    void aKeptConnectionThatIsCutWhileTheUpstreamThinksCostsNoSecondRequest() throws Exception {
        AtomicLong requests = new AtomicLong();
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    request(socket);
                    requests.incrementAndGet();
                    send(socket, OK);
                    request(socket);
                    requests.incrementAndGet();
                    LockSupport.parkNanos(HttpUpstream.RACE.plusMillis(500).toNanos());
                });
                Socket agent = kit.agent()) {
            send(agent, post("{}") + post("{}"));
            assertThat(BareUpstream.hear(agent, 6000).text())
                    .startsWith("HTTP/1.1 200")
                    .contains("HTTP/1.1 502", "closed the connection without an answer");
            assertThat(requests).as("what is paid for").hasValue(2);
        }
    }

    @Test
    void aKeptConnectionThatTheUpstreamHadClosedAlreadyIsReplacedUnseen() throws Exception {
        AtomicLong requests = new AtomicLong();
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    request(socket);
                    requests.incrementAndGet();
                    send(socket, OK);
                });
                Socket agent = kit.agent()) {
            for (int i = 0; i < 3; i++) {
                send(agent, post("{}"));
                InputStream in = agent.getInputStream();
                assertThat(new String(in.readNBytes((int) head(in)), ISO_8859_1))
                        .isEqualTo("ok");
                await().until(() -> kit.open.get() == 0);
            }
            assertThat(requests).hasValue(3);
        }
    }

    @ParameterizedTest(name = "on a kept connection: {0}")
    @ValueSource(booleans = {false, true})
    void anUpstreamThatRefusesALargeRequestAndHangsUpInTheMiddleOfItIsHeard(boolean kept) throws Exception {
        AtomicLong requests = new AtomicLong();
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    if (kept && requests.get() == 0) {
                        request(socket);
                        requests.incrementAndGet();
                        send(socket, OK);
                    }
                    head(socket.getInputStream());
                    requests.incrementAndGet();
                    send(socket, "HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
                });
                Socket agent = kit.agent()) {
            if (kept) {
                send(agent, post("{}"));
                InputStream in = agent.getInputStream();
                assertThat(new String(in.readNBytes((int) head(in)), ISO_8859_1))
                        .isEqualTo("ok");
            }
            send(agent, post("x".repeat(30_000_000)));
            assertThat(BareUpstream.hear(agent, 1000).text())
                    .startsWith("HTTP/1.1 413")
                    .endsWith("no");
            assertThat(requests).hasValue(kept ? 2 : 1);
        }
    }

    @Test
    void anUpstreamThatAnswersBeforeItHasReadTheRequestIsHeard() throws Exception {
        try (BareUpstream kit = new BareUpstream(dir, socket -> {
                    long length = head(socket.getInputStream());
                    send(socket, "HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
                    socket.shutdownOutput();
                    socket.getInputStream().skipNBytes(length);
                });
                Socket agent = kit.agent()) {
            send(agent, post("x".repeat(1_000_000)));
            assertThat(BareUpstream.hear(agent, 500).text())
                    .startsWith("HTTP/1.1 413")
                    .endsWith("no");
        }
    }
}
