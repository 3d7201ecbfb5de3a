package com.mloptimizer.agent.collector;

import java.time.Duration;

/**
 * A fixed rate: cycles are due at multiples of the interval after the first, however long each
 * takes. One that takes longer than the interval skips what it missed; nothing piles up.
 */
final class Cadence {

  private long dueNanos;

  /** The first is due at this time. */
  Cadence(long firstNanos) {
    this.dueNanos = firstNanos;
  }

  /** How long until the next is due; zero or less if it is. */
  Duration untilDue(long nowNanos) {
    return Duration.ofNanos(dueNanos - nowNanos);
  }

  /**
   * Sets when the next is due, after one ended.
   *
   * @return how many were missed
   */
  long ended(long nowNanos, Duration interval) {
    long step = interval.toNanos();
    dueNanos += step;
    long late = nowNanos - dueNanos;
    if (late < 0) {
      return 0;
    }
    long missed = late / step + 1;
    dueNanos += missed * step;
    return missed;
  }
}
