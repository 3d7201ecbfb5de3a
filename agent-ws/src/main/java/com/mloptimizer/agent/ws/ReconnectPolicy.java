package com.mloptimizer.agent.ws;

import com.mloptimizer.agent.core.lifecycle.Backoff;
import java.time.Duration;

/**
 * When to connect next. Every attempt, the first of all included, comes after a random delay, so
 * that agents that lost the same backend in the same moment do not come back in one.
 */
final class ReconnectPolicy {
  private final Backoff backoff;
  private final Duration stableAfter;
  private int failures;

  /**
   * @param backoff bounds the delay after each failure in a row
   * @param stableAfter a connection that lasted so long makes earlier failures forgotten
   */
  ReconnectPolicy(Backoff backoff, Duration stableAfter) {
    this.backoff = backoff;
    this.stableAfter = stableAfter;
  }

  /**
   * The delay before the next attempt.
   *
   * @param atLeast the backend's wish; the random delay follows it, because a backend tells all of
   *     its agents the same when it goes down
   */
  Duration next(Duration atLeast) {
    failures = failures == Integer.MAX_VALUE ? failures : failures + 1;
    return atLeast.plus(backoff.delay(failures));
  }

  /** A connection ended that had lasted so long. */
  void connectionLasted(Duration lifetime) {
    if (lifetime.compareTo(stableAfter) >= 0) {
      failures = 0;
    }
  }
}
