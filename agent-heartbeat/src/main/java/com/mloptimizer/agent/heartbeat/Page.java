package com.mloptimizer.agent.heartbeat;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** A whole answer; the body is not changed by anybody. */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Page(int status, String contentType, byte[] body) {
  static final int OK = 200;
  static final int UNAVAILABLE = 503;

  /** Below it, compression saves nothing that matters. */
  private static final int COMPRESSED_FROM_BYTES = 1024;

  /** Plain text, whose last line ends here. */
  static Page text(int status, String text) {
    return new Page(
        status, "text/plain; charset=utf-8", (text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  static Page json(int status, byte[] json) {
    return new Page(status, "application/json", json);
  }

  /** Sends it, compressed if the client can take it, without the body if it asked for none. */
  void send(HttpExchange exchange) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", contentType);
    headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    byte[] bytes = body;
    if (body.length >= COMPRESSED_FROM_BYTES && !contentType.equals("application/zip")) {
      headers.set("Vary", "Accept-Encoding");
      if (takesGzip(exchange.getRequestHeaders().getOrDefault("Accept-Encoding", List.of()))) {
        headers.set("Content-Encoding", "gzip");
        bytes = gzip(body);
      }
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", String.valueOf(bytes.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  /** RFC 9110, section 12.5.3: named, or covered by the asterisk, and not with a weight of 0. */
  private static boolean takesGzip(List<String> acceptEncoding) {
    for (String coding : String.join(",", acceptEncoding).split(",", -1)) {
      String[] parts = coding.strip().split("\\s*;\\s*", 2);
      boolean named = parts[0].equalsIgnoreCase("gzip") || parts[0].equals("*");
      if (named && !(parts.length == 2 && parts[1].matches("q=0(\\.0*)?"))) {
        return true;
      }
    }
    return false;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length / 4);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    }
    return compressed.toByteArray();
  }
}
