package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;

/**
 * When to go through the journal again, which costs a list of the whole of it: every hour, and what
 * has failed again after a delay that doubles up to that. For use by one thread.
 */
final class TidySchedule {
  private static final Duration REGULAR = Duration.ofHours(1);
  private static final Duration FIRST = Duration.ofMinutes(1);

  /** While so much is unacknowledged that no action is accepted: somebody may delete it. */
  private static final Duration SWAMPED = Duration.ofMinutes(5);

  private static final Duration FIRST_DELAY = Duration.ofSeconds(5);

  private final Ticker ticker;
  private long lastNanos;
  private Duration wait = FIRST;
  private Duration delay = Duration.ZERO;

  /** Due for the first time in a minute. */
  TidySchedule(Ticker ticker) {
    this.ticker = ticker;
    this.lastNanos = ticker.nanos();
  }

  /**
   * Whether it is time.
   *
   * @param swamped whether no action is accepted because of what the journal holds
   */
  boolean isDue(boolean swamped) {
    Duration passed = Duration.ofNanos(ticker.nanos() - lastNanos);
    return passed.compareTo(swamped ? shorter(wait, SWAMPED) : wait) >= 0;
  }

  /**
   * It went well.
   *
   * @param incomplete whether there is more to do, at once
   */
  void ended(boolean incomplete) {
    delay = Duration.ZERO;
    again(incomplete ? Duration.ZERO : REGULAR);
  }

  /** It could not be read, or something of it not be deleted; returns when it is tried again. */
  Duration failed() {
    delay = delay.isZero() ? FIRST_DELAY : shorter(delay.multipliedBy(2), REGULAR);
    again(delay);
    return delay;
  }

  private void again(Duration time) {
    wait = time;
    lastNanos = ticker.nanos();
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
