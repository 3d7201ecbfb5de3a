package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A point in time by two clocks. The ticker is what counts; but it may stand still while a machine
 * is suspended (Linux' CLOCK_MONOTONIC does), which the wall clock shows.
 *
 * @param nanos by a {@link Ticker}
 * @param instant by the wall clock
 */
record Moment(long nanos, Instant instant) {

  static Moment now(Ticker ticker, InstantSource clock) {
    return new Moment(ticker.nanos(), clock.instant());
  }

  /**
   * The time from an earlier moment to this one, by the clock that says more: a wall clock that was
   * set forward costs a leadership that could have gone on, one that was set back changes nothing.
   */
  Duration since(Moment earlier) {
    Duration ticked = Duration.ofNanos(nanos - earlier.nanos);
    Duration shown = Duration.between(earlier.instant, instant);
    return ticked.compareTo(shown) >= 0 ? ticked : shown;
  }
}
