package com.mloptimizer.agent.core.lifecycle;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next attempt: exponential with full jitter, which spreads a fleet of
 * agents evenly over the time after an outage (Marc Brooker, "Exponential Backoff And Jitter").
 * Safe for use by several threads if the random numbers are.
 */
public final class Backoff {
  private final Duration first;
  private final Duration cap;
  private final DoubleSupplier random;

  /**
   * A backoff of one's own making.
   *
   * @param first the longest delay after the first failure; it doubles with every further one
   * @param cap no delay is longer
   * @param random numbers in [0, 1)
   */
  public Backoff(Duration first, Duration cap, DoubleSupplier random) {
    if (first.isNegative() || first.isZero() || cap.compareTo(first) < 0) {
      throw new IllegalArgumentException("backoff from " + first + " to " + cap);
    }
    this.first = first;
    this.cap = cap;
    this.random = random;
  }

  /** One second to one minute, as the protocol has it. */
  public static Backoff standard() {
    return new Backoff(
        Duration.ofSeconds(1),
        Duration.ofMinutes(1),
        () -> ThreadLocalRandom.current().nextDouble());
  }

  /**
   * A delay between nothing and the bound that belongs to the number of failures.
   *
   * @param failures how many attempts in a row have failed, at least 1
   */
  public Duration delay(int failures) {
    return Duration.ofNanos((long) (bound(failures).toNanos() * random.getAsDouble()));
  }

  private Duration bound(int failures) {
    Duration bound = first;
    for (int i = 1; i < failures && bound.compareTo(cap) < 0; i++) {
      bound = bound.multipliedBy(2);
    }
    return bound.compareTo(cap) < 0 ? bound : cap;
  }
}
