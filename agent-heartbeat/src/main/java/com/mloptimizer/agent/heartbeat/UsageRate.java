package com.mloptimizer.agent.heartbeat;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;

/** How many processors were busy between two readings of a counter of processor time. */
final class UsageRate {
  /** The kernel counts a process in steps of 10 ms: what is closer together says nothing. */
  private static final long SHORTEST_NANOS = Duration.ofMillis(100).toNanos();

  private final Ticker ticker;
  private boolean primed;
  private long lastUsedNanos;
  private long lastReadNanos;
  private double busy;

  UsageRate(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Takes the counter; 0 the first time, and as before if that was only just now. */
  double busy(long usedNanos) {
    long now = ticker.nanos();
    long elapsed = now - lastReadNanos;
    if (primed && elapsed < SHORTEST_NANOS) {
      return busy;
    }
    // A counter that went back belongs to another cgroup.
    busy = primed ? Math.max(0, usedNanos - lastUsedNanos) / (double) elapsed : 0;
    primed = true;
    lastUsedNanos = usedNanos;
    lastReadNanos = now;
    return busy;
  }
}
