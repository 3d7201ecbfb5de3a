package com.mloptimizer.agent.heartbeat;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.HTTPServer.HTTPMetricHandler;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * {@code /metrics}, as text or OpenMetrics, compressed if the client can take it. Each scrape that
 * is under way holds a buffer of a megabyte or more, so only a few may be.
 */
final class MetricsPage {
  private static final int MOST_AT_ONCE = 4;

  private final HTTPMetricHandler handler;
  private final Semaphore scrapes = new Semaphore(MOST_AT_ONCE);

  MetricsPage(CollectorRegistry registry) {
    this.handler = new HTTPMetricHandler(registry);
  }

  void handle(HttpExchange exchange) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      // The library's handler writes the body even then, and fails.
      String accept = exchange.getRequestHeaders().getFirst("Accept");
      exchange.getResponseHeaders().set("Content-Type", TextFormat.chooseContentType(accept));
      exchange.sendResponseHeaders(Page.OK, -1);
    } else if (scrapes.tryAcquire()) {
      try {
        handler.handle(exchange);
      } finally {
        scrapes.release();
      }
    } else {
      Page.text(Page.UNAVAILABLE, "too many scrapes at once").send(exchange);
    }
  }
}
