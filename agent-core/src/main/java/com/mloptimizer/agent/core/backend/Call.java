package com.mloptimizer.agent.core.backend;

import java.util.Locale;

/** The calls of the protocol, as metrics and log lines name them. */
enum Call {
  REGISTER,
  HEARTBEAT,
  DEREGISTER,
  METRICS,
  POLL,
  RESULT;

  /** Whether 409 says that the backend has it already. */
  boolean idempotent() {
    return this == METRICS || this == RESULT;
  }

  /** Whether a 2xx brings more than the news that it is one. */
  boolean hasAnswer() {
    return this == REGISTER || this == POLL;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
