package com.mloptimizer.agent.sandbox.console;

import com.mloptimizer.agent.sandbox.backend.BrowserGuard;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** The page's files, and nothing else. */
final class StaticFiles implements HttpHandler {
  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "console.css", "text/css; charset=utf-8",
          "console.js", "text/javascript; charset=utf-8",
          "cluster.js", "text/javascript; charset=utf-8",
          "agent.js", "text/javascript; charset=utf-8",
          "actions.js", "text/javascript; charset=utf-8",
          "panel.js", "text/javascript; charset=utf-8",
          "plot.js", "text/javascript; charset=utf-8",
          "dom.js", "text/javascript; charset=utf-8",
          "favicon.svg", "image/svg+xml");

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String name = path.equals("/") ? "index.html" : path.substring(1);
      String type = TYPES.get(name);
      if (type == null || !exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(type == null ? 404 : 405, -1);
        return;
      }
      if (BrowserGuard.objectionToRead(exchange).isPresent()) {
        exchange.sendResponseHeaders(403, -1);
        return;
      }
      send(exchange, name, type);
    }
  }

  private static void send(HttpExchange exchange, String name, String type) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Cache-Control", "no-cache");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    try (InputStream file = StaticFiles.class.getResourceAsStream("static/" + name)) {
      if (file == null) {
        throw new IOException("the page's " + name + " is missing from the build");
      }
      byte[] content = file.readAllBytes();
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    }
  }
}
