package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.protocol.ProtocolCodec;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the page for a request. Contexts of the JDK's server match by prefix, this by the path. */
final class Router implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(Router.class);
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int MISDIRECTED = 421;
  private static final int INTERNAL_ERROR = 500;

  private final Probes probes;
  private final StatusReport status;
  private final MetricsPage metrics;
  private final SupportBundle bundle;
  private final StatusPage files = new StatusPage();
  private final ProtocolCodec codec = new ProtocolCodec();
  private final Semaphore bundles = new Semaphore(1);

  /** What could not be answered the last time, so that a probe does not fill the log. */
  private final Set<String> failing = ConcurrentHashMap.newKeySet();

  Router(Probes probes, StatusReport status, MetricsPage metrics, SupportBundle bundle) {
    this.probes = probes;
    this.status = status;
    this.metrics = metrics;
    this.bundle = bundle;
  }

  @Override
  public void handle(HttpExchange exchange) {
    try (exchange) {
      String path = String.valueOf(exchange.getRequestURI().getRawPath());
      try {
        answer(exchange, path);
        failing.remove(path);
      } catch (RuntimeException e) {
        failed(exchange, path, e);
      }
    } catch (IOException e) {
      log.debug("A client of the health server went away: {}", e.toString());
    }
  }

  private void answer(HttpExchange exchange, String path) throws IOException {
    if (!isRead(exchange) && isKnown(path)) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      Page.text(NOT_ALLOWED, "method not allowed").send(exchange);
      return;
    }
    boolean verbose = isVerbose(exchange.getRequestURI().getRawQuery());
    switch (path) {
      case "/healthz" -> probes.healthz(verbose).send(exchange);
      case "/readyz" -> probes.readyz(verbose).send(exchange);
      case "/metrics" -> metrics.handle(exchange);
      default -> forPeople(exchange, path);
    }
  }

  /** What a browser may see, guarded against pages of others. */
  private void forPeople(HttpExchange exchange, String path) throws IOException {
    Caller caller = new Caller(exchange);
    exchange
        .getResponseHeaders()
        .set("Content-Security-Policy", StatusPage.CONTENT_SECURITY_POLICY);
    exchange.getResponseHeaders().set("Referrer-Policy", "no-referrer");
    exchange.getResponseHeaders().set("Cross-Origin-Resource-Policy", "same-origin");
    Page page;
    if (!isKnown(path)) {
      page = Page.text(NOT_FOUND, "not found; see / (status page), /healthz, /readyz, /metrics");
    } else if (!caller.usesPrivateName()) {
      page = Page.text(MISDIRECTED, "not under this name; use kubectl port-forward and localhost");
    } else if (path.equals("/status")) {
      page = Page.json(Page.OK, codec.encode(status.get()));
    } else if (path.equals("/support-bundle")) {
      page = supportBundle(exchange, caller);
    } else {
      page = files.file(path).orElseThrow();
    }
    page.send(exchange);
  }

  private Page supportBundle(HttpExchange exchange, Caller caller) throws IOException {
    if (!caller.isInsideThePod()) {
      return Page.text(FORBIDDEN, "from inside the pod only; use kubectl port-forward or exec");
    }
    if (!bundles.tryAcquire()) {
      return Page.text(Page.UNAVAILABLE, "a support bundle is being made; try again");
    }
    try {
      byte[] zip = bundle.zip(codec.encode(status.get()), metrics.text());
      exchange
          .getResponseHeaders()
          .set("Content-Disposition", "attachment; filename=\"support-bundle.zip\"");
      return new Page(Page.OK, "application/zip", zip);
    } finally {
      bundles.release();
    }
  }

  /** Something that was asked for an answer threw: said as such, so that a probe sees no riddle. */
  private void failed(HttpExchange exchange, String path, RuntimeException e) throws IOException {
    // Only known paths get here, so the set stays small.
    if (failing.add(path)) {
      log.error("Cannot answer {}", path, e);
    } else {
      log.debug("Still cannot answer {}", path, e);
    }
    if (exchange.getResponseCode() == -1) {
      Page.text(INTERNAL_ERROR, "internal error; the agent's log says more").send(exchange);
    }
  }

  private boolean isKnown(String path) {
    return switch (path) {
      case "/healthz", "/readyz", "/metrics", "/status", "/support-bundle" -> true;
      default -> files.file(path).isPresent();
    };
  }

  private static boolean isRead(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("GET") || exchange.getRequestMethod().equals("HEAD");
  }

  private static boolean isVerbose(@Nullable String query) {
    return query != null && ("&" + query + "&").matches(".*&verbose(=|=1|=true)?&.*");
  }
}
