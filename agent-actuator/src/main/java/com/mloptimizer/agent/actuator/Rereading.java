package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;

/**
 * Whether the journal is to be read again for results that are not marked as reported. What failed
 * would fail once more a moment later, and each reading sends all of them to the backend again: so
 * the next one is the later the longer it fails. Safe for use by several threads.
 */
final class Rereading {
  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);

  private final Ticker ticker;

  // All guarded by this.
  private boolean asked;
  private Duration delay = Duration.ZERO;
  private long lastNanos;

  Rereading(Ticker ticker) {
    this.ticker = ticker;
    this.lastNanos = ticker.nanos();
  }

  /** There is something to read. */
  synchronized void ask() {
    asked = true;
  }

  /** There is something to read, since it could not be marked. */
  synchronized void askAfterFailure() {
    if (!asked) { // One reading brings many failures.
      asked = true;
      Duration longer = delay.isZero() ? FIRST_DELAY : delay.multipliedBy(2);
      delay = longer.compareTo(LONGEST_DELAY) < 0 ? longer : LONGEST_DELAY;
    }
  }

  /** Something could be marked. */
  synchronized void succeeded() {
    delay = Duration.ZERO;
  }

  /** Takes the request to read it, if there is one and its time has come. */
  synchronized boolean takeDue() {
    boolean due = asked && ticker.nanos() - lastNanos >= delay.toNanos();
    if (due) {
      asked = false;
      lastNanos = ticker.nanos();
    }
    return due;
  }
}
