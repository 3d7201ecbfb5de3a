package com.mloptimizer.agent.collector;

import java.time.Duration;

/**
 * A fixed rate: cycles are due at multiples of the interval after the first, however long each
 * takes. One that takes longer than the interval skips what it missed; nothing piles up. A new
 * interval counts from the last time that one was due.
 */
final class Cadence {

  private Duration interval;
  private long lastNanos;
  private long dueNanos;

  /** The first is due at this time. */
  Cadence(long firstNanos, Duration interval) {
    this.interval = interval;
    this.dueNanos = firstNanos;
    this.lastNanos = firstNanos - interval.toNanos();
  }

  /** Goes on with this interval; what a longer one had still ahead may be due at once. */
  void every(Duration changed, long nowNanos) {
    if (changed.equals(interval)) {
      return;
    }
    interval = changed;
    long due = lastNanos + changed.toNanos();
    dueNanos = due - nowNanos > 0 ? due : nowNanos;
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
  long ended(long nowNanos) {
    long step = interval.toNanos();
    lastNanos = dueNanos;
    dueNanos += step;
    long late = nowNanos - dueNanos;
    if (late < 0) {
      return 0;
    }
    long missed = late / step + 1;
    lastNanos += missed * step;
    dueNanos += missed * step;
    return missed;
  }
}
