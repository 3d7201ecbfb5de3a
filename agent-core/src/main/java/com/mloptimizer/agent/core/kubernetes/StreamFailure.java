package com.mloptimizer.agent.core.kubernetes;

import java.io.IOException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.JacksonIOException;

/** Tells a connection that broke from an answer that cannot be read. */
final class StreamFailure {

  private StreamFailure() {}

  static IOException of(ApiRequest request, JacksonException e) {
    return e instanceof JacksonIOException && e.getCause() instanceof IOException broken
        ? of(request, broken)
        : new IOException(name(request) + ": unreadable answer: " + e.getOriginalMessage(), e);
  }

  static IOException of(ApiRequest request, IOException e) {
    // A connection that ends early has an exception without a message.
    String what = e.getMessage() == null ? "the connection broke" : e.getMessage();
    return new IOException(name(request) + ": " + what, e);
  }

  private static String name(ApiRequest request) {
    return request.method() + " " + request.path();
  }
}
