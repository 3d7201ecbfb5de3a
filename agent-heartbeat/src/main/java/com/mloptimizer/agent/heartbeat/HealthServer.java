package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.ComponentHealth;
import com.mloptimizer.agent.core.lifecycle.Readiness;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's HTTP port: {@code /healthz}, {@code /readyz}, {@code /metrics}, {@code /status}, and
 * {@code /} which lists them. Every exchange has a virtual thread of its own, so a client that
 * stalls holds up nobody but itself. How long it may do so only the command line can say, for the
 * JDK's server reads these once: {@code -Dsun.net.httpserver.maxReqTime=10
 * -Dsun.net.httpserver.maxRspTime=10} (seconds; without them for ever) and {@code
 * -Djdk.httpserver.maxConnections=200} (without it any number). Safe for use by several threads.
 */
public final class HealthServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HealthServer.class);

  private final InetSocketAddress address;
  private final Router router;

  // Guarded by this.
  private @Nullable HttpServer server;
  private @Nullable ExecutorService exchanges;
  private boolean closed;

  /**
   * A server that does not listen yet. What it is given is asked on every request, by any number of
   * threads, and must return at once.
   *
   * @param address where to listen; port 0 takes any
   * @param liveness what is wrong past mending in this process, if anything is
   * @param readiness the conditions that must hold
   * @param components listed by {@code /healthz?verbose}
   * @param status shown by {@code /status}
   * @param registry shown by {@code /metrics}
   */
  public HealthServer(
      InetSocketAddress address,
      Supplier<Optional<String>> liveness,
      List<? extends Readiness> readiness,
      List<ComponentHealth> components,
      Supplier<AgentStatus> status,
      CollectorRegistry registry) {
    this.address = address;
    this.router =
        new Router(new Probes(liveness, readiness, components), status, new MetricsPage(registry));
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

  /** Stops listening and ends all exchanges at once; again does nothing. */
  @Override
  public synchronized void close() {
    closed = true;
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
