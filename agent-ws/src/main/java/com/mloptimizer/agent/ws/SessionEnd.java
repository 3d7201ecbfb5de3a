package com.mloptimizer.agent.ws;

import java.time.Duration;

/** How a session ended. */
sealed interface SessionEnd {

  /** The agent stops. */
  record Stopped() implements SessionEnd {}

  /**
   * The backend asked for it.
   *
   * @param retryAfter the agent stays away for so long
   */
  record SentAway(Duration retryAfter) implements SessionEnd {}

  /**
   * The connection broke, or had to be given up.
   *
   * @param reason for a log line
   */
  record Lost(String reason) implements SessionEnd {}
}
