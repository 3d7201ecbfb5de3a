package com.mloptimizer.agent.heartbeat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A whole answer. */
record Page(int status, String contentType, String body) {
  static final int OK = 200;
  static final int UNAVAILABLE = 503;

  /** Plain text, whose last line ends here. */
  static Page text(int status, String text) {
    return new Page(status, "text/plain; charset=utf-8", text + "\n");
  }

  static Page json(int status, byte[] json) {
    return new Page(status, "application/json", new String(json, StandardCharsets.UTF_8));
  }

  /** Sends it, without the body if that is what was asked for. */
  void send(HttpExchange exchange) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", contentType);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(bytes.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
