package com.mloptimizer.agent.main.leadership;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Both clocks of one machine, moved by the test. */
final class TestClock implements Ticker, InstantSource {
  private long nanos = Long.MAX_VALUE - Duration.ofSeconds(7).toNanos(); // Overflows on the way.
  private Instant instant;

  TestClock(Instant instant) {
    this.instant = instant;
  }

  void advance(Duration time) {
    nanos += time.toNanos();
    instant = instant.plus(time);
  }

  /** The machine sleeps: its ticker stands still meanwhile. */
  void suspend(Duration time) {
    instant = instant.plus(time);
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public Instant instant() {
    return instant;
  }
}
