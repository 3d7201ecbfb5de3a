package com.mloptimizer.agent.sandbox.backend;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An answer to an HTTP request.
 *
 * @param status its status
 * @param json its body, empty for none
 * @param retryAfter for the header of that name
 */
record Reply(int status, String json, @Nullable Duration retryAfter) {

  static Reply of(int status) {
    return new Reply(status, "", null);
  }

  static Reply of(int status, JsonNode body) {
    return new Reply(status, body.toString(), null);
  }

  /** What is wrong, for the person who reads the agent's log. */
  static Reply problem(int status, String message) {
    return new Reply(status, message, null);
  }

  void send(HttpExchange exchange) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    if (retryAfter != null) {
      exchange.getResponseHeaders().set("Retry-After", Long.toString(retryAfter.toSeconds()));
    }
    if (body.length > 0) {
      boolean object = json.startsWith("{");
      exchange
          .getResponseHeaders()
          .set("Content-Type", object ? "application/json" : "text/plain; charset=utf-8");
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }
}
