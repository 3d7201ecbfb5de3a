package com.mloptimizer.agent.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The health server among clients that mean no good, or too much of it. */
@Timeout(120)
class HealthServerLoadIT {
  private static final int STALLED = 50;
  private static final int PROBES = 40;
  private static final long BOUND_MILLIS = 50;
  private static final int SCRAPES = 1000;

  private final ShownAgent agent = new ShownAgent();
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    agent.start();
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    agent.close();
  }

  /** They send their request byte by byte and never come to its end. */
  @Test
  void probes_fiftyClientsDribble_areAnsweredInTime() throws Exception {
    for (int i = 0; i < STALLED; i++) {
      open(0).getOutputStream().write("GET /healthz HTTP/1.1\r\nHost:".getBytes(us()));
    }
    CountDownLatch end = new CountDownLatch(1);
    Thread dribble =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (!end.await(100, TimeUnit.MILLISECONDS)) {
                  for (Socket socket : sockets) {
                    socket.getOutputStream().write('x');
                  }
                }
              } catch (IOException | InterruptedException e) {
                // The server has had enough of it, as it should.
              }
            });
    try {
      assertProbesAreQuick();
    } finally {
      end.countDown();
      dribble.join();
    }
  }

  /** They ask for the largest page again and again, and read nothing of it. */
  @Test
  void probes_fiftyClientsDoNotRead_areAnsweredInTime() throws Exception {
    byte[] requests = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20).getBytes(us());
    for (int i = 0; i < STALLED; i++) {
      open(1024).getOutputStream().write(requests);
    }

    assertProbesAreQuick();
  }

  private void assertProbesAreQuick() throws Exception {
    for (String path : List.of("/healthz", "/readyz?verbose")) {
      long[] millis = new long[PROBES];
      for (int i = 0; i < PROBES; i++) {
        long start = System.nanoTime();
        HttpResponse<String> answer = agent.get(path);
        millis[i] = Duration.ofNanos(System.nanoTime() - start).toMillis();
        assertThat(answer.statusCode()).isEqualTo(200);
      }
      Arrays.sort(millis);
      System.out.printf(
          "%s among %d stalled clients: median %d ms, 90%% within %d ms, worst %d ms%n",
          path, STALLED, millis[PROBES / 2], millis[PROBES * 9 / 10], millis[PROBES - 1]);
      // Not the worst, which is the machine's doing when others compile on it.
      assertThat(millis[PROBES / 2]).as(path).isLessThanOrEqualTo(BOUND_MILLIS);
    }
  }

  @Test
  void request_neverEnds_isCutOff() throws Exception {
    Socket socket = open(0);
    socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost:".getBytes(us()));
    socket.setSoTimeout(30_000);

    assertThat(socket.getInputStream().read()).as("the end, by the server's will").isEqualTo(-1);
  }

  @Test
  void metrics_thousandScrapesAtOnce_areAllAnswered() throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Integer>> scrapes = new ArrayList<>();
    Runtime runtime = Runtime.getRuntime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Integer> scrape =
          () -> {
            start.await();
            return scrape();
          };
      for (int i = 0; i < SCRAPES; i++) {
        scrapes.add(threads.submit(scrape));
      }
      long began = System.nanoTime();
      start.countDown();
      int good = 0;
      for (Future<Integer> each : scrapes) {
        int status = each.get(60, TimeUnit.SECONDS);
        // One that had to wait too long is told to come again; none is left without an answer.
        assertThat(status).isIn(200, 503);
        good += status == 200 ? 1 : 0;
      }
      System.out.printf(
          "%d scrapes at once: %d answered 200 in %d ms, heap %d MiB%n",
          SCRAPES,
          good,
          Duration.ofNanos(System.nanoTime() - began).toMillis(),
          (runtime.totalMemory() - runtime.freeMemory()) >> 20);
      assertThat(good).isPositive();
    }
    assertThat(agent.get("/metrics").statusCode()).isEqualTo(200);
  }

  private int scrape() throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), agent.server.port()));
      socket
          .getOutputStream()
          .write("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(us()));
      String answer = new String(socket.getInputStream().readAllBytes(), us());
      return Integer.parseInt(answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
    }
  }

  private Socket open(int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), agent.server.port()));
    return socket;
  }

  private static java.nio.charset.Charset us() {
    return StandardCharsets.US_ASCII;
  }
}
