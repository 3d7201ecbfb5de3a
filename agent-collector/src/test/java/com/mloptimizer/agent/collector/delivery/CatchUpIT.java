package com.mloptimizer.agent.collector.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.mloptimizer.agent.collector.spool.Spool;
import com.mloptimizer.agent.collector.spool.SpoolListener;
import com.mloptimizer.agent.core.backend.ApiKey;
import com.mloptimizer.agent.core.backend.ApiKeySource;
import com.mloptimizer.agent.core.backend.BackendClient;
import com.mloptimizer.agent.core.backend.BackendMetrics;
import com.mloptimizer.agent.core.backend.BackendRetry;
import com.mloptimizer.agent.core.backend.BackendSettings;
import com.mloptimizer.agent.core.backend.ProxyEnvironment;
import com.mloptimizer.agent.core.lifecycle.Backoff;
import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.mloptimizer.agent.core.protocol.AgentIdentity;
import com.mloptimizer.agent.core.protocol.ComponentName;
import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * After an hour without a backend, 5,000 pods and a collection a minute, against a backend that is
 * some way off: the beginning of the backlog is delivered, and from the time that a batch takes
 * follows how long all of it does.
 */
@Timeout(120)
final class CatchUpIT {

  private static final int PODS = 5000;
  private static final int CYCLES = 60;
  private static final Duration CAUGHT_UP_WITHIN = Duration.ofMinutes(5);

  /** The agent may find out as late as this that the backend is back. */
  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);

  @TempDir Path folder;
  private final CollectorRegistry registry = new CollectorRegistry();
  private final ProtocolCodec codec = new ProtocolCodec();
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private final List<Long> arrivals = new CopyOnWriteArrayList<>();
  private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();
  private volatile Duration latency = Duration.ZERO;
  private volatile CountDownLatch wanted = new CountDownLatch(0);
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(handlers);
    server.createContext("/", this::receive);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    handlers.shutdownNow();
  }

  @ParameterizedTest
  @CsvSource({"100, 50, 120", "500, 250, 40"})
  void run_afterAnHour_isCaughtUpWithinFiveMinutesInOrder(
      int batchSize, int latencyMillis, int batchesToSee) throws Exception {
    latency = Duration.ofMillis(latencyMillis);
    wanted = new CountDownLatch(batchesToSee);
    DeliveryMetrics metrics = new DeliveryMetrics(registry);
    BackendMetrics backendMetrics = new BackendMetrics(registry);
    ManyPods pods = new ManyPods(PODS);
    try (Spool spool = new Spool(folder, 32 << 20, SpoolListener.none());
        BackendClient client = client(backendMetrics)) {
      BatchWriter writer =
          new BatchWriter(
              new AgentIdentity("prod", "agent", "boot"),
              codec,
              spool,
              metrics,
              InstantSource.system());
      for (int cycle = 0; cycle < CYCLES; cycle++) {
        assertThat(writer.write(pods.inCycle(cycle), batchSize)).isTrue();
      }
      int backlog = spool.entries();
      BatchSender sender = sender(spool, writer, client, metrics, backendMetrics);
      Thread sending = Thread.ofPlatform().start(() -> run(sender));
      assertThat(writer.write(pods.inCycle(CYCLES), batchSize)).as("while it catches up").isTrue();
      assertThat(wanted.await(60, TimeUnit.SECONDS)).isTrue();
      sender.stop();
      sending.join(Duration.ofSeconds(20));

      assertThat(keys)
          .isEqualTo(LongStream.rangeClosed(1, keys.size()).mapToObj(i -> "boot-" + i).toList());
      long perCycle = backlog / CYCLES;
      long inAll = backlog + perCycle * CAUGHT_UP_WITHIN.toMinutes();
      Duration each = medianBetweenArrivals();
      assertThat(each).isGreaterThanOrEqualTo(latency);
      assertThat(LONGEST_BACKOFF.plus(each.multipliedBy(inAll)))
          .as("%s batches of %s", inAll, each)
          .isLessThan(CAUGHT_UP_WITHIN);
    }
  }

  private BackendClient client(BackendMetrics metrics) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new BackendClient(
        BackendSettings.of(url, "test"),
        ApiKeySource.fixed(ApiKey.of("key")),
        ProxyEnvironment.none(),
        metrics,
        InstantSource.system());
  }

  private BatchSender sender(
      Spool spool,
      BatchWriter writer,
      BackendClient client,
      DeliveryMetrics metrics,
      BackendMetrics backendMetrics) {
    return new BatchSender(
        spool,
        writer,
        client::sendMetrics,
        codec,
        metrics,
        new BackendRetry(Backoff.standard(), backendMetrics, Ticker.system()),
        new ComponentHealth(ComponentName.COLLECTOR, InstantSource.system(), Ticker.system()));
  }

  private static void run(BatchSender sender) {
    try {
      sender.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void receive(HttpExchange exchange) throws IOException {
    arrivals.add(System.nanoTime());
    keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
    exchange.getRequestBody().readAllBytes();
    LockSupport.parkNanos(latency.toNanos());
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
    wanted.countDown();
  }

  private Duration medianBetweenArrivals() {
    long[] gaps = new long[arrivals.size() - 1];
    for (int i = 0; i < gaps.length; i++) {
      gaps[i] = arrivals.get(i + 1) - arrivals.get(i);
    }
    return Duration.ofNanos(
        LongStream.of(gaps).sorted().skip(gaps.length / 2).findFirst().orElseThrow());
  }
}
