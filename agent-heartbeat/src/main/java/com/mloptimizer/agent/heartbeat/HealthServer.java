package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.StopSignal;
import com.mloptimizer.agent.core.lifecycle.Ticker;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's HTTP port: probes, metrics, and the status page with what belongs to it. Every
 * exchange has a virtual thread of its own, so a client that stalls holds up nobody but itself, and
 * not for long. Safe for use by several threads.
 */
public final class HealthServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthServer.class);

  /** Seconds for a request to arrive and for an answer to be taken; and how many may try. */
  private static final Map<String, String> LIMITS =
      Map.of(
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "30",
          "jdk.httpserver.maxConnections", "2000");

  private final InetSocketAddress address;
  private final Router router;
  private final StatusHistory history;
  private final StopSignal stop = new StopSignal();

  // Guarded by this.
  private @Nullable HttpServer server;
  private @Nullable ExecutorService exchanges;
  private boolean closed;

  /**
   * A server that does not listen yet.
   *
   * @param address where to listen; port 0 takes any
   * @param sources what is shown
   * @param registry shown by {@code /metrics}; the status page reads it, too
   * @param bundle what {@code /support-bundle} gives to those inside the pod
   */
  public HealthServer(
      InetSocketAddress address,
      HealthSources sources,
      CollectorRegistry registry,
      SupportBundle bundle,
      InstantSource clock,
      Ticker ticker) {
    this.address = address;
    this.history = new StatusHistory(registry, sources.heartbeat().components(), ticker);
    this.router =
        new Router(
            new Probes(sources),
            new StatusReport(sources, registry, history, clock),
            new MetricsPage(registry),
            bundle);
  }

  /**
   * Begins to listen.
   *
   * @throws IOException if the port is taken
   * @throws IllegalStateException if it was started or closed before
   */
  public synchronized void start() throws IOException {
    if (server != null || closed) {
      throw new IllegalStateException("a health server is started once");
    }
    boundSlowClients();
    HttpServer started;
    try {
      started = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException("cannot listen on " + address + ": " + e.getMessage(), e);
    }
    ExecutorService executor =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("http-", 0).factory());
    started.setExecutor(executor);
    started.createContext("/", router);
    started.start();
    server = started;
    exchanges = executor;
    executor.execute(this::remember);
    log.info("Health server listens on port {}", started.getAddress().getPort());
  }

  /**
   * The port that it listens on.
   *
   * @throws IllegalStateException if it does not listen
   */
  public synchronized int port() {
    if (server == null) {
      throw new IllegalStateException("the health server does not listen");
    }
    return server.getAddress().getPort();
  }

  /**
   * The JDK's server waits forever unless it is told otherwise, and listens to properties of the
   * process only. Those that somebody set are kept.
   */
  private static void boundSlowClients() {
    LIMITS.forEach((name, value) -> {
      if (System.getProperty(name) == null) {
        System.setProperty(name, value);
      }
    });
  }

  private void remember() {
    try {
      do {
        try {
          history.sample();
        } catch (RuntimeException e) {
          log.warn("The status page misses a sample", e);
        }
      } while (!stop.await(StatusHistory.INTERVAL));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops listening and ends all exchanges at once; again does nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    stop.request();
    if (server != null) {
      server.stop(0);
      server = null;
    }
    if (exchanges != null) {
      exchanges.shutdownNow();
      exchanges = null;
    }
  }
}
