package com.mloptimizer.agent.sandbox.backend;

import java.util.Locale;
import java.util.Optional;

/** The protocol's HTTP calls. */
public enum ApiCall {
  REGISTER,
  HEARTBEAT,
  DEREGISTER,
  METRICS,
  POLL,
  RESULT;

  /** The name by which the control endpoint takes it, for example {@code metrics}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<ApiCall> of(String wireName) {
    for (ApiCall call : values()) {
      if (call.wireName().equals(wireName)) {
        return Optional.of(call);
      }
    }
    return Optional.empty();
  }

  /** The call that a method and a path under {@code /api/v1} make. */
  static Optional<ApiCall> of(String method, String path) {
    if (method.equals("GET") && path.equals("/actions/poll")) {
      return Optional.of(POLL);
    }
    if (!method.equals("POST")) {
      return Optional.empty();
    }
    return switch (path) {
      case "/agents/register" -> Optional.of(REGISTER);
      case "/agents/heartbeat" -> Optional.of(HEARTBEAT);
      case "/agents/deregister" -> Optional.of(DEREGISTER);
      case "/metrics/batch" -> Optional.of(METRICS);
      default -> path.matches("/actions/[^/]+/result") ? Optional.of(RESULT) : Optional.empty();
    };
  }
}
