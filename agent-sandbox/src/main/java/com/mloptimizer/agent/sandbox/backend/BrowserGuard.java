package com.mloptimizer.agent.sandbox.backend;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.util.Optional;

/**
 * Keeps other web sites' pages away from what listens on loopback. A foreign page can send requests
 * here; it is known by its Origin, a rebound name by its Host, and a form by its content type:
 * {@code application/json} makes a browser ask for leave first, which is never given.
 */
public final class BrowserGuard {
  private BrowserGuard() {}

  /** What is wrong with a request that only reads, if anything is. */
  public static Optional<String> objectionToRead(HttpExchange exchange) {
    int port = exchange.getLocalAddress().getPort();
    String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
    boolean local = host.equals("127.0.0.1:" + port) || host.equals("localhost:" + port);
    return local ? Optional.empty() : Optional.of("Host must be 127.0.0.1 or localhost");
  }

  /** What is wrong with a request that changes something, if anything is. */
  public static Optional<String> objectionToWrite(HttpExchange exchange) {
    Headers headers = exchange.getRequestHeaders();
    String origin = headers.getFirst("Origin");
    if (origin != null && !origin.equals("http://" + headers.getFirst("Host"))) {
      return Optional.of("requests of other sites are not taken");
    }
    if (!"application/json".equals(headers.getFirst("Content-Type"))) {
      return Optional.of("Content-Type must be application/json");
    }
    return objectionToRead(exchange);
  }
}
