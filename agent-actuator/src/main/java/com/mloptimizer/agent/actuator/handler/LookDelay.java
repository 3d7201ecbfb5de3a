package com.mloptimizer.agent.actuator.handler;

import java.time.Duration;

/** The time between two looks at what is about to change: soon at first, then once a second. */
final class LookDelay {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(1);

  private Duration next = FIRST;

  /** As long as it is before the next look; longer each time. */
  Duration next() {
    Duration now = next;
    Duration longer = now.multipliedBy(2);
    next = longer.compareTo(LONGEST) < 0 ? longer : LONGEST;
    return now;
  }
}
