package com.mloptimizer.agent.sandbox.backend;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Reads the body of a POST as the protocol demands it, bounded on both sides of the gzip. */
final class RequestBody {
  /** A batch holds 512 KiB at most. */
  private static final int MAX_BYTES = 512 * 1024;

  private static final int GZIP_ABOVE_BYTES = 1024;

  private RequestBody() {}

  /** Thrown with the answer that says what is wrong. */
  static final class Unacceptable extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Reply reply;

    Unacceptable(int status, String message) {
      super(message);
      this.reply = Reply.problem(status, message);
    }

    Reply reply() {
      return reply;
    }
  }

  static byte[] read(HttpExchange exchange) throws IOException, Unacceptable {
    Headers headers = exchange.getRequestHeaders();
    String type = String.valueOf(headers.getFirst("Content-Type"));
    if (!type.equals("application/json") && !type.startsWith("application/json;")) {
      throw new Unacceptable(415, "Content-Type must be application/json");
    }
    String encoding = headers.getFirst("Content-Encoding");
    if (encoding != null && !encoding.equals("gzip")) {
      throw new Unacceptable(415, "Content-Encoding must be gzip, or absent");
    }
    byte[] body;
    try (InputStream in = exchange.getRequestBody()) {
      InputStream plain = encoding == null ? in : new GZIPInputStream(in);
      body = plain.readNBytes(MAX_BYTES + 1);
    }
    if (body.length > MAX_BYTES) {
      throw new Unacceptable(413, "the body is larger than " + MAX_BYTES + " bytes");
    }
    if (encoding == null && body.length > GZIP_ABOVE_BYTES) {
      throw new Unacceptable(400, "a body of more than 1 KiB must be sent with gzip");
    }
    return body;
  }
}
