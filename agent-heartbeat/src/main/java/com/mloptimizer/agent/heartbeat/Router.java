package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the page for a request. Contexts of the JDK's server match by prefix, this by the path. */
final class Router implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(Router.class);

  private static final String INDEX =
      """
      Kubernetes agent

      /healthz   whether the process is sound (?verbose: each component)
      /readyz    whether the agent is of use (?verbose: each condition)
      /metrics   for Prometheus
      /status    the agent as JSON\
      """;

  private final Probes probes;
  private final Supplier<AgentStatus> status;
  private final MetricsPage metrics;
  private final ProtocolCodec codec = new ProtocolCodec();

  Router(Probes probes, Supplier<AgentStatus> status, MetricsPage metrics) {
    this.probes = probes;
    this.status = status;
    this.metrics = metrics;
  }

  @Override
  public void handle(HttpExchange exchange) {
    try (exchange) {
      String path = exchange.getRequestURI().getRawPath();
      if (path != null && path.equals("/metrics") && isRead(exchange)) {
        metrics.handle(exchange);
      } else {
        page(exchange, path).send(exchange);
      }
    } catch (IOException e) {
      log.debug("A client of the health server went away: {}", e.toString());
    }
  }

  private Page page(HttpExchange exchange, @Nullable String path) {
    boolean verbose = isVerbose(exchange.getRequestURI().getRawQuery());
    Supplier<Page> page =
        switch (path) {
          case "/" -> () -> Page.text(Page.OK, INDEX);
          case "/healthz" -> () -> probes.healthz(verbose);
          case "/readyz" -> () -> probes.readyz(verbose);
          case "/status" -> () -> Page.json(Page.OK, codec.encode(status.get()));
          case "/metrics" -> () -> Page.text(Page.OK, "");
          case null, default -> () -> Page.text(404, "not found; / lists what there is");
        };
    if (!isRead(exchange)) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      return Page.text(405, "method not allowed");
    }
    return page.get();
  }

  private static boolean isRead(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("GET") || exchange.getRequestMethod().equals("HEAD");
  }

  private static boolean isVerbose(@Nullable String query) {
    return query != null && ("&" + query).contains("&verbose");
  }
}
