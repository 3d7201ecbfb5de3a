package com.mloptimizer.agent.actuator;

import com.mloptimizer.agent.core.lifecycle.Ticker;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What keeps claims from being written. Claims are made when actions come, which may be seldom; so
 * it is taken to be over when a claim gets through, or when none has failed for some minutes. Safe
 * for use by several threads.
 */
final class ClaimProblem {
  private static final Logger log = LoggerFactory.getLogger(ClaimProblem.class);
  private static final Duration LASTS = Duration.ofMinutes(5);

  private final Ticker ticker;

  // Guarded by this.
  private @Nullable String cause;
  private long sinceNanos;

  ClaimProblem(Ticker ticker) {
    this.ticker = ticker;
  }

  /** A claim failed because of this. */
  synchronized void is(String why) {
    if (!why.equals(cause)) {
      log.warn("Cannot write the journal: {}", why);
    }
    cause = why;
    sinceNanos = ticker.nanos();
  }

  /** A claim was written, or the journal answered that it need not be. */
  synchronized void none() {
    cause = null;
  }

  /** What it is now. */
  synchronized Optional<String> current() {
    if (ticker.nanos() - sinceNanos > LASTS.toNanos()) {
      cause = null;
    }
    return Optional.ofNullable(cause);
  }
}
